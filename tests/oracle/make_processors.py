"""Writes processor files, and the tensors that transformers' image processors make of some pictures.

    make_processors.py --out DIR

DIR/images/ holds the pictures, DIR/<case>/ a model folder of one case. DIR/cases.json lists cases of name, folder,
backend, images and trimaps; DIR/expected.safetensors holds their tensors as `<name>/<tensor>`.
"""

import argparse
import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np
import torch
from make_media import exif, picture
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoImageProcessor
from transformers.image_utils import load_image

DETR = {"size": {"shortest_edge": 60, "longest_edge": 97}}
# For each type the files to try: what a file says besides its type.
CASES = {
    "ViT": [{}, {"size": 30, "resample": 3, "do_normalize": False}, {"do_rescale": False, "size": {"height": 21, "width": 40}},
            {"do_normalize": False, "do_rescale": False, "size": [20, 30], "resample": 0},
            {"size": 33, "resample": 1, "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.6, 0.5], "rescale_factor": 0.01}],
    "DeiT": [{}], "Beit": [{"size": 40, "do_center_crop": True, "crop_size": {"height": 51, "width": 30}}],
    "ConvNext": [{}, {"size": {"shortest_edge": 63}, "crop_pct": 0.9}],
    "Bit": [{"size": {"shortest_edge": 50}, "crop_size": 45}, {"do_resize": False, "crop_size": {"height": 70, "width": 41}}],
    "CLIP": [{}], "Blip": [{"size": 48}], "Siglip": [{"size": {"height": 32, "width": 48}}],
    "MobileNetV1": [{"size": 70, "crop_size": 64}], "MobileNetV2": [{"size": {"shortest_edge": 70}, "crop_size": 64}],
    "EfficientNet": [{"size": 60}, {"size": 60, "rescale_offset": True, "rescale_factor": 1 / 127.5, "include_top": False},
                     {"size": 60, "rescale_offset": True, "rescale_factor": 1 / 127.5}],
    "MobileViT": [{"size": 60, "crop_size": 70}, {"size": 60, "crop_size": 50, "do_flip_channel_order": False}],
    "Segformer": [{"size": 64, "do_reduce_labels": True}],
    "Detr": [DETR, {"size": 60, "max_size": 97, "format": "coco_panoptic"}, {"size": {"height": 40, "width": 50}},
             {"size": {"max_height": 60, "max_width": 50}, "pad_size": {"height": 64, "width": 80}}],
    "ConditionalDetr": [DETR], "DeformableDetr": [DETR],
    "Yolos": [DETR], "RTDetr": [{"size": {"height": 64, "width": 64}}, {"size": {"height": 64, "width": 64}, "do_pad": True}],
    "Mask2Former": [DETR, {"size": 48, "max_size": 60}], "MaskFormer": [DETR | {"size_divisor": 10}, {"max_size": 70}],
    "OneFormer": [DETR],
    "Sam": [{"size": {"longest_edge": 96}, "pad_size": {"height": 96, "width": 100}}],
    "DPT": [{"size": 60}, {"size": {"height": 70, "width": 70}, "keep_aspect_ratio": True, "ensure_multiple_of": 14},
            {"size": 50, "do_pad": True, "size_divisor": 14}],
    "Siglip2": [{"max_num_patches": 40, "patch_size": 8}, {}],
    "Qwen2VL": [{"min_pixels": 1000, "max_pixels": 9000, "patch_size": 7}, {"size": {"shortest_edge": 9000, "longest_edge": 90000}}],
    "Idefics3": [{"size": {"longest_edge": 150}, "max_image_size": {"longest_edge": 60}}, {"do_image_splitting": False, "max_image_size": {"longest_edge": 50}},
                 {"size": {"longest_edge": 50}, "max_image_size": {"longest_edge": 60}, "do_pad": False}],
    "SmolVLM": [{"size": {"longest_edge": 131}, "max_image_size": {"longest_edge": 50}, "do_resize": False}],
    "GLPN": [{}], "Llava": [{"size": 50, "crop_size": 50}, {"size": 50, "crop_size": 50, "do_pad": True}],
}
# What timm says of a model's pictures.
TIMM = [{}, {"input_size": [3, 40, 40], "interpolation": "bilinear", "crop_pct": 0.9, "mean": [0.5, 0.4, 0.3]},
        {"input_size": [3, 41, 60], "crop_pct": 0.95, "std": [0.2, 0.3, 0.4]},
        {"input_size": [3, 48, 40], "crop_mode": "squash", "crop_pct": 0.8},
        {"input_size": [3, 45, 40], "crop_mode": "border", "crop_pct": 0.7, "interpolation": "lanczos"},
        {"input_size": [3, 90, 90], "crop_pct": 1.3, "interpolation": "nearest"}]
# Types whose tensors hold pictures of different sizes, without and with padding.
TOGETHER = ("Siglip2", "Qwen2VL", "Idefics3", "SmolVLM")
PADDED = ("Detr", "ConditionalDetr", "DeformableDetr", "Yolos", "Mask2Former", "MaskFormer", "OneFormer", "Sam")


def write_images(folder: Path) -> list[str]:
    """Pictures of odd sizes and modes."""
    folder.mkdir(parents=True, exist_ok=True)
    images = {"wide.png": picture(37, 53), "tall.png": picture(120, 45, seed=1), "large.png": picture(301, 207, seed=2),
              "square.png": picture(64, 64, seed=3), "grey.png": picture(91, 60, seed=4), "cmyk.jpg": picture(75, 130, seed=5)}
    for name, values in images.items():
        image = Image.fromarray(values)
        image = {"grey.png": image.convert("L"), "cmyk.jpg": image.convert("CMYK"), "square.png": image.quantize(60)}.get(name, image)
        image.save(folder / name, **({"exif": exif(6)} if name == "cmyk.jpg" else {}))
    Image.fromarray((picture(37, 53, seed=6)[..., 0] // 86 * 127).astype(np.uint8)).save(folder / "trimap.png")
    return list(images)


def batches(kind: str, file: dict, images: list[str]) -> list[list[str]]:
    """Each picture by itself, and one batch; of large tensors a few."""
    if not file:
        return [[name] for name in images[:2]]
    padded = kind in TOGETHER or kind in PADDED and "pad_size" not in file
    size = file.get("size", 0)
    exact = isinstance(size, (int, list)) or "height" in size
    together = [images[:3]] if padded else [["wide.png", "wide.png"]] if exact else []
    return [[name] for name in images] + together


class Cases:
    def __init__(self, out: Path):
        self.out = out
        self.cases, self.tensors = [], {}

    def add(self, folder: str, backend: str, names: list[str], **more):
        processor = AutoImageProcessor.from_pretrained(self.out / folder, **({"backend": backend} if backend else {}))
        images = [load_image(str(self.out / "images" / name)) for name in names]
        outputs = processor(images, return_tensors="pt", **{
            key: [Image.open(self.out / "images" / name) for name in values] for key, values in more.items()})
        name = f"{folder}-{backend or 'timm'}-{'+'.join(n.split('.')[0] for n in names)}"
        self.cases.append({"name": name, "folder": folder, "backend": backend or "torchvision", "images": names} | more)
        for key, value in outputs.items():
            if isinstance(value, torch.Tensor):
                self.tensors[f"{name}/{key}"] = value.contiguous()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    torch.set_num_threads(1)
    images = write_images(out / "images")
    cases = Cases(out)
    for kind, files in CASES.items():
        for number, file in enumerate(files):
            folder = f"{kind.lower()}{number}"
            (out / folder).mkdir(exist_ok=True)
            text = json.dumps({"image_processor_type": f"{kind}ImageProcessor"} | file)
            (out / folder / "preprocessor_config.json").write_text(text)
            for backend in ("torchvision", "pil"):
                for names in batches(kind, file, images):
                    cases.add(folder, backend, names)
    for number, file in enumerate(({}, {"size_divisibility": 48})):
        folder = f"vitmatte{number}"
        (out / folder).mkdir(exist_ok=True)
        text = json.dumps({"image_processor_type": "VitMatteImageProcessor"} | file)
        (out / folder / "preprocessor_config.json").write_text(text)
        for backend in ("torchvision", "pil"):
            cases.add(folder, backend, ["wide.png"], trimaps=["trimap.png"])
    for number, file in enumerate(TIMM):
        folder = f"timm{number}"
        (out / folder).mkdir(exist_ok=True)
        (out / folder / "config.json").write_text(json.dumps({"architecture": "resnet18", "num_classes": 5, "pretrained_cfg": {"num_classes": 5} | file}))
        for names in [[name] for name in images] + [images[:2]]:
            cases.add(folder, "", names)
    (out / "cases.json").write_text(json.dumps(cases.cases, indent=1))
    save_file(cases.tensors, out / "expected.safetensors")


if __name__ == "__main__":
    main()
