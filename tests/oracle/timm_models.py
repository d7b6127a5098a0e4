"""Tiny random checkpoints of timm's models in the layout of its hub repositories, for make_models.py."""

import json
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file

# name, model_args, side of the pictures
CASES = (
    ("beit_base_patch16_224", dict(img_size=48, embed_dim=32, depth=2, num_heads=4), 48),
    ("convnext_atto_ols", dict(depths=(1, 1, 1, 1), dims=(8, 16, 16, 24)), 48),
    ("densenetblur121d", dict(growth_rate=8, block_config=(2, 2)), 48),
    ("gmlp_ti16_224", dict(img_size=32), 32),
    ("mobilenetv3_small_050", {}, 40),
    ("mobilevit_xxs", {}, 48),
    ("regnety_002", {}, 40),
    ("resnet26t", dict(layers=(1, 1, 1, 1), channels=(8, 16, 24, 32), output_stride=16), 48),
    ("swin_tiny_patch4_window7_224", dict(img_size=48, window_size=3, embed_dim=12, depths=(2, 2), num_heads=(2, 3)), 48),
    ("test_efficientnet", {}, 40),
    ("test_resnet", {}, 40),
    ("test_vit3", dict(img_size=32), 32),
    ("tf_mixnet_s", {}, 47),
    ("vit_tiny_patch16_224", dict(dynamic_img_size=True, img_size=32, depth=2, embed_dim=24, num_heads=2), 48),
)


def randomize(model: torch.nn.Module) -> None:
    """Values that matter to the output; batch norms measure what they will see."""
    for parameter in model.parameters():
        noise = torch.randn(parameter.shape)
        parameter.data = 1 + 0.1 * noise if parameter.dim() < 2 else noise / max(1, parameter[:1].numel()) ** 0.5


def calibrate(model: torch.nn.Module, pictures: torch.Tensor) -> None:
    norms = [module for module in model.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.momentum = 1.0
    model.train()
    model(pictures)
    model.eval()


def make_case(name: str, arguments: dict, side: int, folder: Path) -> None:
    torch.manual_seed(len(name))
    model = timm.create_model(name, num_classes=6, **arguments).eval()
    randomize(model)
    pictures = torch.randn(2, 3, side, side)
    calibrate(model, pictures)
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"num_classes": 6, "pretrained_cfg": model.pretrained_cfg, "model_args": arguments}
    timm.models._hub.save_config_for_hf(model, folder / "config.json", model_config=settings)
    config = json.loads((folder / "config.json").read_text())
    config["model_args"] = arguments
    (folder / "config.json").write_text(json.dumps(config))
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / "model.safetensors")
    count = sum(parameter.numel() for parameter in model.parameters())
    (folder / "parameters.json").write_text(json.dumps(count))
    save_file({"pixel_values": pictures}, folder / "inputs.safetensors")
    save_file({"logits": model(pictures).contiguous()}, folder / "expected.safetensors")


@torch.no_grad()
def make(out: Path) -> int:
    """Returns the number of cases."""
    for name, arguments, side in CASES:
        make_case(name, arguments, side, out / f"timm-{name}")
    return len(CASES)
