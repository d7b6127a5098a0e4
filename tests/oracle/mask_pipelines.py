"""The reference's pipelines that give masks, on tiny random models: cases for make_pipelines.py."""

import json
from pathlib import Path

import numpy
import torch
import transformers
from detector_models import CASES as DETECTORS
from detector_models import SAM
from make_models import CASES as MODELS
from PIL import Image
from segmenter_models import CASES as SEGMENTERS
from torchvision.ops import boxes as box_operators
from transformers.models.sam import image_processing_sam as sam

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"
CLASSES = ["sky", "tree", "cat/dog", "road", "house"]
NAMES = {"id2label": dict(enumerate(CLASSES)), "label2id": {name: i for i, name in enumerate(CLASSES)}}
CONFIGS = {case[0]: {key: value for key, value in case[2].items() if key != "num_labels"} for case in (*MODELS, *DETECTORS, *SEGMENTERS)}
SEGMENTS = dict(threshold=0.3, mask_threshold=0.3, overlap_mask_area_threshold=0.2)


def keep_best(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """torchvision's nms by its definition; the compiled one is not there (torchvision_operators.py)."""
    order, kept = scores.argsort(descending=True, stable=True).tolist(), []
    overlaps = box_operators.box_iou(boxes, boxes)
    for i in order:
        if not any(overlaps[i, better] > iou_threshold for better in kept):
            kept.append(i)
    return torch.tensor(kept, dtype=torch.long)


box_operators.nms = keep_best


def coco(mask: numpy.ndarray) -> dict:
    """A mask as pycocotools writes it: runs by columns as text."""
    flat = numpy.asarray(mask, dtype=bool).T.ravel()
    edges = numpy.flatnonzero(numpy.diff(flat)) + 1
    runs = ([0] if flat[0] else []) + numpy.diff([0, *edges, flat.size]).tolist()
    text = ""
    for i, run in enumerate(runs):
        value, more = run - (runs[i - 2] if i > 2 else 0), True
        while more:
            bits, value = value & 31, value >> 5
            more = value != (-1 if bits & 16 else 0)
            text += chr(48 + bits + 32 * more)
    return {"size": list(mask.shape), "counts": text}


def square(edge: int) -> dict[str, int]:
    return {"height": edge, "width": edge}


def make_sure(*parts: str):
    """Biases around 0, so that results differ by what they are of, and larger weights in these parts of a model, so that
    it is sure of different things."""
    def adjust(model) -> None:
        for name, value in model.named_parameters():
            if name.endswith("bias"):
                value.data -= 1
            elif any(part in name for part in parts):
                value.data *= 6
    return adjust


def class_of_each_pixel(kit) -> None:
    models = {
        "BeitForSemanticSegmentation": ("beit", transformers.BeitImageProcessor(size=square(32))),
        "DPTForSemanticSegmentation": ("dpt", transformers.DPTImageProcessor(size=square(32))),
        "MobileNetV2ForSemanticSegmentation": ("mobilenet_v2", transformers.MobileNetV2ImageProcessor(
            size={"shortest_edge": 40}, crop_size=square(36))),
        "MobileViTForSemanticSegmentation": ("mobilevit", transformers.MobileViTImageProcessor(
            size={"shortest_edge": 48}, crop_size=square(48))),
        "SegformerForSemanticSegmentation": ("segformer", transformers.SegformerImageProcessor(size=square(64))),
        "UperNetForSemanticSegmentation": ("upernet", transformers.SegformerImageProcessor(size=square(64))),
    }
    for class_name, (model_type, processor) in models.items():
        name = model_type + "-areas"
        kit.model(name, class_name, model_type, processor, adjust=make_sure(), **(CONFIGS[class_name] | NAMES))
        kit.run(name, "image-segmentation")
        if model_type == "segformer":
            kit.run(name, "image-segmentation", subtask="semantic")


def things(kit, tokenizer) -> None:
    size = {"shortest_edge": 64, "longest_edge": 90}
    info = kit.kit.out / "classes.json"
    info.write_text(json.dumps({str(i): {"name": name, "isthing": i % 2} for i, name in enumerate(CLASSES)}))
    models = {
        "DetrForSegmentation": ("detr", transformers.DetrImageProcessor(size=size), None),
        "Mask2FormerForUniversalSegmentation": ("mask2former", transformers.Mask2FormerImageProcessor(size=size), None),
        "MaskFormerForInstanceSegmentation": ("maskformer", transformers.MaskFormerImageProcessor(size=size), None),
        "OneFormerForUniversalSegmentation": ("oneformer", transformers.OneFormerImageProcessor(
            size=size, repo_path=str(info.parent), class_info_file=info.name), tokenizer),
    }
    for class_name, (model_type, processor, texts) in models.items():
        name = model_type + "-things"
        config = CONFIGS[class_name] | NAMES | (dict(task_seq_len=24) if texts else {})
        kit.model(name, class_name, model_type, processor, texts,
                  make_sure("class_predictor", "class_labels_classifier", "class_embed", "mask_embed"), **config)
        kit.run(name, "image-segmentation", threshold=0.1)
        for subtask in ("semantic", "instance", "panoptic"):
            kit.run(name, "image-segmentation", subtask=subtask, **SEGMENTS)


def masks_of_crops(pipeline, file: str, crops_n_layers: int, **options) -> dict:
    """The reference would put crops of several sizes into one tensor, and fails. Here each crop goes through its steps
    by itself."""
    image, processor = Image.open(file).convert("RGB"), pipeline.image_processor
    size, found = (image.height, image.width), ([], [], [])
    points, shrink = options.pop("points_per_crop"), options.pop("crop_n_points_downscale_factor")
    for box, layer in zip(*sam._generate_per_layer_crops(crops_n_layers, 512 / 1500, size)):
        for batch in pipeline.preprocess(image.crop(box), points_per_crop=int(points / shrink**layer)):
            with torch.no_grad():
                out = pipeline.model(input_points=batch["input_points"], image_embeddings=batch["image_embeddings"])
            masks = processor.post_process_masks(out["pred_masks"], batch["original_sizes"],
                                                 batch["reshaped_input_sizes"], binarize=False)[0]
            masks, scores, boxes = processor.filter_masks(masks, out["iou_scores"][0], size, box, **options)
            found[0].extend(masks)
            found[1].append(scores)
            found[2].append(boxes + torch.tensor(box[:2] * 2))
    masks, scores, runs, boxes = processor.post_process_for_mask_generation(
        found[0], torch.cat(found[1]), torch.cat(found[2]), 0.7)
    return {"masks": masks, "scores": scores, "rle_mask": runs, "bounding_boxes": boxes}


def masks_of_everything(kit) -> None:
    task, options = "mask-generation", dict(points_per_crop=6, points_per_batch=10)
    processor = transformers.SamImageProcessor(size={"longest_edge": 40}, pad_size=square(40))
    kit.model("sam", "SamModel", "sam", processor, adjust=make_sure("hypernetworks", "iou_prediction"), **SAM)
    kit.run("sam", task, **options)
    lenient = dict(pred_iou_thresh=-9, stability_score_thresh=0.5, stability_score_offset=0.2)
    kit.run("sam", task, **options, **lenient, crops_nms_thresh=0.9, output_rle_mask=True, output_bboxes_mask=True)
    kit.run("sam", task, **(options | dict(points_per_batch=None)), **lenient, mask_threshold=0.1)
    pipeline = transformers.pipeline(task, str(kit.kit.out / "sam"), dtype=torch.float32, device="cpu")
    more = dict(crops_n_layers=1, points_per_crop=6, crop_n_points_downscale_factor=2) | lenient
    for file in kit.pictures:
        kit.add("sam", task, file, masks_of_crops(pipeline, file, **more), output_rle_mask=True,
                output_bboxes_mask=True, **more)


def prompts(kit) -> None:
    """What SAM cuts out for points and boxes: sam-prompts.json."""
    model = transformers.SamModel.from_pretrained(kit.kit.out / "sam").eval()
    processor = transformers.SamProcessor(transformers.SamImageProcessor.from_pretrained(kit.kit.out / "sam"))
    cases = []
    for file in kit.pictures:
        image = Image.open(file).convert("RGB")
        points = [[0.3 * image.width, 0.4 * image.height], [0.8 * image.width, 0.7 * image.height]]
        box = [0.2 * image.width, 0.1 * image.height, 0.7 * image.width, 0.9 * image.height]
        for given, multimask in ((dict(points=points[:1], labels=[1]), True), (dict(points=points, labels=[1, 0]), False),
                                 (dict(box=box), False), (dict(points=points, labels=[0, 1], box=box), True)):
            inputs = processor(image, return_tensors="pt",
                               input_points=[[given["points"]]] if "points" in given else None,
                               input_labels=[[given["labels"]]] if "points" in given else None,
                               input_boxes=[[given["box"]]] if "box" in given else None)
            sizes = inputs.pop("original_sizes"), inputs.pop("reshaped_input_sizes")
            with torch.no_grad():
                out = model(**inputs, multimask_output=multimask)
            masks = processor.image_processor.post_process_masks(out.pred_masks, *sizes)[0][0]
            order = out.iou_scores[0, 0].argsort(descending=True).tolist()
            cases.append(dict(image=file, multimask=multimask, **given,
                              scores=[out.iou_scores[0, 0, i].item() for i in order],
                              masks=[coco(masks[i].numpy()) for i in order]))
    (kit.kit.out / "sam-prompts.json").write_text(json.dumps(cases))


def mask_cases(kit, tokenizer) -> None:
    kit.pictures = [kit.pictures[0], str(SAMPLES / "cat.jpg")]
    class_of_each_pixel(kit)
    things(kit, tokenizer)
    masks_of_everything(kit)
    prompts(kit)
