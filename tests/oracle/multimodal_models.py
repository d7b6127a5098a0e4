"""Tiny random checkpoints of models that see pictures and read texts, for make_models.py."""

from pathlib import Path

import torch
import transformers
from detector_models import randomize
from safetensors.torch import save_file

TOWER = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4)
TEXT = TOWER | dict(vocab_size=96, max_position_embeddings=16, eos_token_id=95)
PICTURE = TOWER | dict(image_size=24, patch_size=8)
TOWERS = dict(text_config=TEXT, vision_config=PICTURE, projection_dim=24, num_labels=5)
PATCHES = TOWERS | dict(vision_config=TOWER | dict(patch_size=8, num_patches=9))


def text() -> dict[str, torch.Tensor]:
    ids = torch.randint(3, 95, (2, 11))
    mask = torch.ones_like(ids)
    ids[0, 9] = 95
    ids[1, 8:], mask[1, 8:] = 0, 0
    return {"input_ids": ids, "attention_mask": mask}


def pictures() -> dict[str, torch.Tensor]:
    return {"pixel_values": torch.randn(2, 3, 24, 24)}


def patches() -> dict[str, torch.Tensor]:
    """Those of two pictures of 2 × 5 and 3 × 1 patches."""
    mask = torch.ones(2, 10, dtype=torch.long)
    mask[1, 3:] = 0
    return {"pixel_values": torch.randn(2, 10, 192), "pixel_attention_mask": mask,
            "spatial_shapes": torch.tensor([[2, 5], [3, 1]])}


def both() -> dict[str, torch.Tensor]:
    return text() | pictures()


def question() -> dict[str, torch.Tensor]:
    return both() | {"decoder_input_ids": torch.randint(3, 96, (2, 7))}


# class, model type, what its configuration changes, inputs
CASES = (
    ("CLIPModel", "clip", TOWERS, both),
    ("CLIPForImageClassification", "clip", TOWERS, pictures),
    ("CLIPTextModelWithProjection", "clip_text_model", TEXT | dict(projection_dim=24, eos_token_id=2), text),
    ("CLIPVisionModelWithProjection", "clip_vision_model", PICTURE | dict(projection_dim=24), pictures),
    ("SiglipModel", "siglip", TOWERS, both),
    ("SiglipVisionModel", "siglip_vision_model", PICTURE, pictures),
    ("Siglip2Model", "siglip2", PATCHES, lambda: text() | patches()),
    ("Siglip2ForImageClassification", "siglip2", PATCHES, patches),
    ("BlipModel", "blip", TOWERS, both),
    ("BlipForConditionalGeneration", "blip", TOWERS, both),
    ("BlipForQuestionAnswering", "blip", TOWERS, question),
    ("BlipForImageTextRetrieval", "blip", TOWERS, both),
)


def flat(outputs: dict, prefix: str = "") -> dict[str, torch.Tensor]:
    """Every tensor of an output by name, those inside of tuples and of outputs of parts too."""
    result = {}
    for name, value in outputs.items():
        if isinstance(value, torch.Tensor):
            result[prefix + name] = value.clone().contiguous()
        elif isinstance(value, (list, tuple)):
            result |= flat({str(i): item for i, item in enumerate(value)}, f"{prefix}{name}.")
        elif isinstance(value, dict):
            result |= flat(value, f"{prefix}{name}.")
    return result


@torch.no_grad()
def write(folder: Path, class_name: str, model_type: str, changes: dict, inputs: dict[str, torch.Tensor]) -> None:
    config = transformers.AutoConfig.for_model(model_type, **changes)
    config._attn_implementation = "eager"
    model_class = getattr(transformers, class_name)
    model = model_class(config).eval()
    randomize(model)
    model.save_pretrained(folder)
    model = model_class.from_pretrained(folder, attn_implementation="eager").eval()
    decoded = {}
    if class_name == "BlipForQuestionAnswering":  # does not give the answer's scores itself
        model.text_decoder.register_forward_hook(lambda module, args, output: decoded.update(logits=output.logits))
    save_file(inputs, folder / "inputs.safetensors")
    save_file(flat(model(**inputs)) | flat(decoded), folder / "expected.safetensors")


def make(out: Path) -> int:
    """Writes the cases and tells how many."""
    for class_name, model_type, changes, inputs in CASES:
        torch.manual_seed(len(class_name))
        write(out / class_name, class_name, model_type, changes, inputs())
    return len(CASES)
