"""Tiny random checkpoints of models of time series, for make_models.py."""

from pathlib import Path

import torch
from multimodal_models import write

# class and what tells cases of it apart, model type, what its configuration changes, inputs
CASES: tuple = ()


def make(out: Path) -> int:
    """Writes the cases and tells how many."""
    for name, model_type, changes, inputs in CASES:
        torch.manual_seed(len(name))
        write(out / name, name.partition("-")[0], model_type, changes, inputs())
    return len(CASES)
