"""Writes random scores of classes and masks, and what the reference's image processors make of them.

    make_segmentation.py --out DIR

DIR/scores.safetensors holds `classes` and `masks` of two pictures and `logits` of a class for each pixel;
DIR/expected.safetensors the maps of each case as "<case>.<picture>"; DIR/cases.json the cases: segmenter, kind, options,
sizes, and segments and run lengths by picture.
"""

import argparse
import json
from pathlib import Path
from types import SimpleNamespace

import torch
import transformers
from safetensors.torch import save_file

PROCESSORS = {"detr": transformers.DetrImageProcessor, "mask2former": transformers.Mask2FormerImageProcessor,
              "maskformer": transformers.MaskFormerImageProcessor, "oneformer": transformers.OneFormerImageProcessor}
SIZES = [[50, 37], [21, 64]]
LENIENT = {"threshold": 0.2, "mask_threshold": 0.3, "overlap_mask_area_threshold": 0.4}


def scores() -> dict[str, torch.Tensor]:
    """Blobs that overlap, of queries that are more or less sure of a class; those of the second picture are of nothing
    but three."""
    torch.manual_seed(7)
    queries, labels = 12, 5
    classes = torch.randn(2, queries, labels + 1)
    best = torch.randint(0, labels, (2, queries, 1))
    classes.scatter_add_(-1, best, 4 + 2 * torch.rand(2, queries, 1))
    classes[1, 3:, labels] += 20
    row, column = torch.meshgrid(torch.arange(24.0), torch.arange(20.0), indexing="ij")
    middle, radius = 22 * torch.rand(2, 2, queries, 1, 1), 3 + 5 * torch.rand(2, queries, 1, 1)
    distance = ((row - middle[0]) ** 2 + (column - middle[1]) ** 2).sqrt()
    masks = 2 * (radius - distance) + 0.3 * torch.randn(2, queries, 24, 20)
    return {"classes": classes, "masks": masks, "logits": torch.randn(2, labels, 24, 20)}


def outputs_for(segmenter: str, tensors: dict[str, torch.Tensor]) -> SimpleNamespace:
    classes, masks = tensors["classes"], tensors["masks"].clone()
    if segmenter == "detr":
        return SimpleNamespace(logits=classes, pred_masks=masks)
    return SimpleNamespace(class_queries_logits=classes, masks_queries_logits=masks)


def processor_of(segmenter: str):
    if segmenter != "oneformer":
        return PROCESSORS[segmenter]()
    # Its constructor wants the names of the classes from the hub; what is tested here uses none.
    processor = PROCESSORS[segmenter].__new__(PROCESSORS[segmenter])
    processor.class_info_file, processor.metadata = "none.json", {}
    return processor


def run_lengths(result: dict) -> list[list[int]]:
    from transformers.models.detr.image_processing_detr import binary_mask_to_rle
    return [[int(n) for n in binary_mask_to_rle((result["segmentation"] == info["id"]).int())]
            for info in result["segments_info"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    tensors, maps, cases = scores(), {}, []
    for segmenter in PROCESSORS:
        processor = processor_of(segmenter)
        for kind in ("semantic", "instance", "panoptic"):
            for options in ({}, LENIENT, {"threshold": 0.999}):
                if kind == "semantic" and options:
                    continue
                for sizes in (None, SIZES):
                    name = f"{segmenter}-{kind}-{len(cases)}"
                    more = dict(options)
                    if kind == "panoptic":
                        more["label_ids_to_fuse"] = {1, 2} if options is LENIENT else set()
                    results = getattr(processor, f"post_process_{kind}_segmentation")(
                        outputs_for(segmenter, tensors), target_sizes=sizes, **more)
                    case = {"name": name, "segmenter": segmenter, "kind": kind, "options": options, "sizes": sizes,
                            "fused": sorted(more.get("label_ids_to_fuse", []))}
                    if kind != "semantic":
                        case["segments"] = [result["segments_info"] for result in results]
                        case["runs"] = [run_lengths(result) for result in results]
                        results = [result["segmentation"] for result in results]
                    maps |= {f"{name}.{i}": result.to(torch.int64).contiguous() for i, result in enumerate(results)}
                    cases.append(case)
    pixels = transformers.SegformerImageProcessor()
    for sizes in (None, SIZES):
        results = pixels.post_process_semantic_segmentation(SimpleNamespace(logits=tensors["logits"]), target_sizes=sizes)
        name = f"pixels-{len(cases)}"
        maps |= {f"{name}.{i}": result.contiguous() for i, result in enumerate(results)}
        cases.append({"name": name, "segmenter": "pixels", "kind": "semantic", "options": {}, "sizes": sizes, "fused": []})
    save_file(tensors, out / "scores.safetensors")
    save_file({name: value.clone() for name, value in maps.items()}, out / "expected.safetensors")
    (out / "cases.json").write_text(json.dumps(cases, indent=1))
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
