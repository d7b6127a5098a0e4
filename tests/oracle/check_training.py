"""Trains with orrery-cli, opens what it wrote with transformers, and compares what the two forecast; then the other way
round: a checkpoint of transformers is trained on and opened again."""

import argparse
import json
import math
import subprocess
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file

CONFIGS = (
    dict(model_type="patchtst", d_model=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16, pooling_type=None),
    dict(model_type="patchtsmixer", d_model=8, num_layers=1, self_attn=True),
)
WINDOW = dict(context_length=24, prediction_length=6, patch_length=6, patch_stride=6)


def run(cli: str, *arguments: str) -> None:
    subprocess.run([cli, *arguments], check=True, stdout=subprocess.DEVNULL)


def compare(cli: str, folder: Path) -> None:
    """transformers and orrery-cli forecast the same from `folder`, of which no tensor is missing or left over."""
    classes = {"patchtst": transformers.PatchTSTForPrediction, "patchtsmixer": transformers.PatchTSMixerForPrediction}
    kind = classes[json.loads((folder / "config.json").read_text())["model_type"]]
    model, told = kind.from_pretrained(folder, output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"], told
    past = torch.randn(3, 24, 2)
    save_file({"past_values": past}, folder / "inputs.safetensors")
    run(cli, "forward", "--model", str(folder), "--inputs", str(folder / "inputs.safetensors"), "--outputs",
        str(folder / "outputs.safetensors"))
    with torch.no_grad():
        expected = model.eval()(past_values=past).prediction_outputs
    found = load_file(folder / "outputs.safetensors")["prediction_outputs"]
    assert torch.allclose(found, expected, atol=1e-4), (found - expected).abs().max()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cli", required=True)
    cli = parser.parse_args().cli
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        rows = [f"{i},{math.sin(i * 0.26):.5f},{math.cos(i * 0.13):.5f}" for i in range(200)]
        (root / "table.csv").write_text("\n".join(["time,a,b", *rows]) + "\n")
        for config in CONFIGS:
            common = dict(train_file=str(root / "table.csv"), value_columns=["a", "b"], max_steps=5, learning_rate=0.01)
            out = root / config["model_type"]
            (root / "a.json").write_text(json.dumps(common | dict(config=WINDOW | config, output_dir=str(out))))
            run(cli, "train", str(root / "a.json"))
            compare(cli, out)
            theirs, on = root / ("theirs-" + config["model_type"]), root / ("on-" + config["model_type"])
            model = transformers.AutoConfig.for_model(**config, **WINDOW, num_input_channels=2)
            kind = {"patchtst": transformers.PatchTSTForPrediction, "patchtsmixer": transformers.PatchTSMixerForPrediction}
            kind[config["model_type"]](model).save_pretrained(theirs)
            (root / "b.json").write_text(json.dumps(common | dict(model=str(theirs), output_dir=str(on))))
            run(cli, "train", str(root / "b.json"))
            compare(cli, on)
    print("written checkpoints open in transformers, and the other way round")


if __name__ == "__main__":
    main()
