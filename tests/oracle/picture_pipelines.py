"""The reference's pipelines of pictures on tiny random models: cases for make_pipelines.py."""

import types

import numpy
import torch
import transformers
from make_models import randomize
from mask_pipelines import coco, mask_cases
from PIL import Image
from safetensors.torch import save_file

VIT = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=32,
           patch_size=8)
NAMES = {"id2label": dict(enumerate(["cat", "dog", "owl", "fox", "hen", "elk", "bee"])),
         "label2id": dict(zip(["cat", "dog", "owl", "fox", "hen", "elk", "bee"], range(7)))}


def picture(path, seed: int, size: tuple[int, int], mode: str = "RGB") -> str:
    """Soft blotches of colour, so that neither resizing nor JPEG takes all of it away."""
    noise = numpy.random.default_rng(seed).integers(0, 256, (6, 7, 3), dtype=numpy.uint8)
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).convert(mode).save(path)
    return str(path)


class PictureKit:
    def __init__(self, kit):
        self.kit = kit
        folder = kit.out / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        self.pictures = [picture(folder / "tall.png", 1, (37, 61)), picture(folder / "wide.jpg", 2, (120, 45)),
                         picture(folder / "grey.png", 3, (50, 50), "L")]

    def model(self, name: str, class_name: str, model_type: str, processor, tokenizer=None, adjust=None,
              **config) -> None:
        torch.manual_seed(len(name))
        config = transformers.AutoConfig.for_model(model_type, **config)
        model = getattr(transformers, class_name)(config).eval()
        randomize(model)
        if adjust:
            adjust(model)
        for part in (model, processor, tokenizer):
            if part is not None:
                part.save_pretrained(self.kit.out / name)
        self.kit.loaded[name] = None

    def run(self, model: str, task: str, **options) -> None:
        pipeline = transformers.pipeline(task, str(self.kit.out / model), dtype=torch.float32, device="cpu")
        for file in self.pictures:
            expected = pipeline(file, **options)
            if task == "depth-estimation":  # its picture of the depths has nothing that the depths have not
                expected = {"predicted_depth": expected["predicted_depth"].tolist()}
            self.add(model, task, file, expected, **options)

    def add(self, model: str, task: str, file: str, expected, **options) -> None:
        self.kit.add(model, task, {"image": file}, plain(expected), **options)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, Image.Image):
        return coco(numpy.asarray(value))
    if isinstance(value, torch.Tensor):
        return coco(value.numpy()) if value.dtype == torch.bool else value.tolist()
    return value.item() if hasattr(value, "item") else value


def classification(kit: PictureKit) -> None:
    task = "image-classification"
    kit.model("vit-labels", "ViTForImageClassification", "vit",
              transformers.ViTImageProcessor(size={"height": 32, "width": 32}), **VIT, **NAMES)
    kit.model("resnet-any", "ResNetForImageClassification", "resnet",
              transformers.ConvNextImageProcessor(size={"shortest_edge": 32}), embedding_size=8, hidden_sizes=[8, 16],
              depths=[1, 1], layer_type="basic", problem_type="multi_label_classification", **NAMES)
    kit.model("deit-teacher", "DeiTForImageClassificationWithTeacher", "deit",
              transformers.DeiTImageProcessor(size={"height": 40, "width": 40}, crop_size={"height": 32, "width": 32}),
              **VIT, **NAMES)
    for name in ("vit-labels", "resnet-any", "deit-teacher"):
        kit.run(name, task)
        kit.run(name, task, top_k=2)
    kit.run("vit-labels", task, top_k=9, function_to_apply="none")
    kit.run("vit-labels", "image-feature-extraction")


def zero_shot(kit: PictureKit, tokenizer) -> None:
    task, labels = "zero-shot-image-classification", ["a city", "the dog", "engines"]
    tower = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4)
    text = tower | dict(vocab_size=len(tokenizer), max_position_embeddings=64, eos_token_id=tokenizer.sep_token_id,
                        bos_token_id=tokenizer.cls_token_id, pad_token_id=tokenizer.pad_token_id)
    seen = tower | dict(image_size=32, patch_size=8)
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    kit.model("clip", "CLIPModel", "clip",
              transformers.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
              tokenizer, text_config=text | dict(projection_dim=16), vision_config=seen | dict(projection_dim=16),
              projection_dim=16)
    tokenizer.model_input_names = ["input_ids"]
    kit.model("siglip", "SiglipModel", "siglip", transformers.SiglipImageProcessor(size={"height": 32, "width": 32}),
              tokenizer, text_config=text, vision_config=seen)
    # CLIP reads a text off at its greatest token, which in the other template comes before the label: all alike.
    kit.run("siglip", task, candidate_labels=labels)
    for name in ("clip", "siglip"):
        kit.run(name, task, candidate_labels=labels, hypothesis_template="{} it is")


def depth(kit: PictureKit) -> None:
    kit.model("glpn", "GLPNForDepthEstimation", "glpn", transformers.GLPNImageProcessor(size_divisor=32),
              hidden_sizes=[8, 16], depths=[1, 1], num_encoder_blocks=2, sr_ratios=[2, 1], patch_sizes=[7, 3],
              strides=[4, 2], num_attention_heads=[1, 2], mlp_ratios=[2, 2], decoder_hidden_size=16)
    kit.run("glpn", "depth-estimation")


def detection(kit: PictureKit) -> None:
    resnet = dict(model_type="resnet", embedding_size=8, hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1],
                  layer_type="basic", out_features=["stage4"])
    sizes = dict(d_model=32, num_queries=9, encoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=24,
                 decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=24, **NAMES)
    longest = {"shortest_edge": 40, "longest_edge": 90}
    kit.model("detr", "DetrForObjectDetection", "detr", transformers.DetrImageProcessor(size=longest),
              backbone_config=resnet, **sizes)
    kit.model("conditional-detr", "ConditionalDetrForObjectDetection", "conditional_detr",
              transformers.ConditionalDetrImageProcessor(size=longest), backbone_config=resnet, **sizes)
    kit.run("detr", "object-detection", threshold=0.2)
    kit.run("conditional-detr", "object-detection", threshold=0.6)


@torch.no_grad()
def detection_results(path) -> None:
    """Random outputs of detectors and what each processor's post-processing makes of them."""
    torch.manual_seed(5)
    tensors, sizes = {}, [(480, 640), (37, 1000)]
    for name, options in {"Detr": {}, "ConditionalDetr": dict(top_k=11), "DeformableDetr": {}, "RTDetr": {}}.items():
        logits, boxes = 2 * torch.randn(2, 12, 5), torch.rand(2, 12, 4)
        outputs = types.SimpleNamespace(logits=logits, pred_boxes=boxes)
        processor = getattr(transformers, name + "ImageProcessor")()
        found = processor.post_process_object_detection(outputs, threshold=0.4, target_sizes=sizes, **options)
        tensors |= {name + ".logits": logits, name + ".boxes": boxes}
        tensors |= {f"{name}.{i}.{key}": value for i, one in enumerate(found) for key, value in one.items()}
    masks = torch.randn(3, 2, 16, 16)
    tensors["Sam.masks"] = masks
    tensors["Sam.picture"] = transformers.SamImageProcessor().post_process_masks(
        [masks], [(30, 50)], [(39, 64)], binarize=False, pad_size={"height": 64, "width": 64})[0]
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)


def picture_cases(kit, tokenizer) -> None:
    pictures = PictureKit(kit)
    classification(pictures)
    zero_shot(pictures, tokenizer)
    depth(pictures)
    detection(pictures)
    detection_results(kit.out / "detections.safetensors")
    mask_cases(pictures, tokenizer)
