"""Tiny random checkpoints of models that find and cut out things in pictures, for make_models.py."""

import json
from pathlib import Path
from types import SimpleNamespace

import torch
import transformers
from safetensors.torch import save_file

# It would ask the hub whether a name of timm's is a repository there.
transformers.backbone_utils.hf_api = lambda: SimpleNamespace(repo_exists=lambda name: False)

RESNET = dict(model_type="resnet", embedding_size=8, hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1],
              layer_type="basic")
LAST, ALL = [["stage4"], ["stage1", "stage2", "stage3", "stage4"]]
DETR = dict(backbone_config=RESNET | dict(out_features=LAST), d_model=32, num_queries=5, num_labels=3, encoder_layers=2,
            encoder_attention_heads=4, encoder_ffn_dim=24, decoder_layers=2, decoder_attention_heads=2,
            decoder_ffn_dim=40)
# What older versions of transformers wrote of a backbone of timm's.
TIMM = {name: value for name, value in DETR.items() if name != "backbone_config"} | dict(
    use_timm_backbone=True, backbone="test_resnet", use_pretrained_backbone=True)
KWARGS = dict(out_indices=[1, 2, 3, 4], in_chans=3, output_stride=16)
DEFORMABLE = DETR | dict(backbone_config=RESNET | dict(out_features=ALL[2:]), num_feature_levels=4, encoder_n_points=2,
                         decoder_n_points=3)
RT_DETR = dict(
    backbone_config=RESNET | dict(model_type="rt_detr_resnet", out_features=ALL[1:], embedding_size=16,
                                  hidden_sizes=[16, 16, 24, 32]),
    encoder_hidden_dim=16, encoder_in_channels=[16, 24, 32], encode_proj_layers=[1, 2], encoder_layers=1,
    encoder_attention_heads=2, encoder_ffn_dim=24, d_model=32, num_queries=6, num_labels=3, decoder_layers=2,
    decoder_attention_heads=4, decoder_ffn_dim=40, decoder_in_channels=[16, 16, 16], decoder_n_points=2,
    num_denoising=0)
SAM = dict(
    vision_config=dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=40, patch_size=8, mlp_dim=24,
                       output_channels=16, window_size=2, global_attn_indexes=[1], num_pos_feats=8),
    prompt_encoder_config=dict(hidden_size=16, image_size=40, patch_size=8, mask_input_channels=8),
    mask_decoder_config=dict(hidden_size=16, mlp_dim=24, num_hidden_layers=2, num_attention_heads=2,
                             iou_head_hidden_dim=16, iou_head_depth=3))


def sam_points() -> dict[str, torch.Tensor]:
    """Three prompts of two points, one of them padding, for each of two pictures; a single mask is asked for."""
    return {"input_points": 40 * torch.rand(2, 3, 2, 2), "multimask_output": torch.tensor(False),
            "input_labels": torch.tensor([[[1, 0], [0, -1], [1, -10]], [[1, 1], [0, 0], [1, 0]]])}


def sam_boxes() -> dict[str, torch.Tensor]:
    return {"input_boxes": 40 * torch.rand(2, 3, 4), "input_masks": torch.randn(2, 1, 20, 20)}


def padded() -> dict[str, torch.Tensor]:
    """The second picture does not fill its place."""
    mask = torch.ones(2, 64, 96, dtype=torch.long)
    mask[1, 40:], mask[1, :, 70:] = 0, 0
    return {"pixel_mask": mask}


# class, model type, what its configuration changes, further inputs; a name after a dash tells cases of a class apart
CASES = (
    ("SamModel", "sam", SAM, sam_points),
    ("SamModel-boxes", "sam", SAM | dict(tie_word_embeddings=False), sam_boxes),
    ("SamVisionModel", "sam_vision_model", SAM["vision_config"], dict),
    ("DetrForObjectDetection", "detr", DETR, padded),
    ("DetrModel-learned", "detr", DETR | dict(position_embedding_type="learned", auxiliary_loss=True), padded),
    ("DetrForSegmentation", "detr", DETR | dict(backbone_config=RESNET | dict(out_features=ALL),
                                                encoder_attention_heads=8), padded),
    ("DetrForObjectDetection-timm", "detr", TIMM, padded),
    ("DetrForSegmentation-timm", "detr", TIMM | dict(dilation=True, encoder_attention_heads=8), padded),
    ("TableTransformerForObjectDetection", "table-transformer", DETR, padded),
    ("TableTransformerForObjectDetection-timm", "table-transformer", TIMM | dict(dilation=True, backbone_kwargs=KWARGS),
     padded),
    ("ConditionalDetrForObjectDetection-timm", "conditional_detr", DETR | dict(
        backbone_config=dict(model_type="timm_backbone", backbone="test_resnet", out_indices=[2, 3], features_only=True)),
     padded),
    ("DeformableDetrModel-timm", "deformable_detr", TIMM | dict(num_feature_levels=4, encoder_n_points=2,
                                                                decoder_n_points=3), padded),
    ("ConditionalDetrForObjectDetection", "conditional_detr", DETR, padded),
    ("ConditionalDetrModel", "conditional_detr", DETR | dict(auxiliary_loss=True), dict),
    ("DeformableDetrForObjectDetection", "deformable_detr", DEFORMABLE, padded),
    ("DeformableDetrForObjectDetection-refine", "deformable_detr", DEFORMABLE | dict(
        with_box_refine=True, two_stage=True, two_stage_num_proposals=7), padded),
    ("RTDetrForObjectDetection", "rt_detr", RT_DETR, padded),
    ("RTDetrModel-variant", "rt_detr", RT_DETR | dict(normalize_before=True, hidden_expansion=0.5, eval_size=64,
                                                      num_feature_levels=4), dict),
)


def randomize(model: torch.nn.Module) -> None:
    """Values that matter to the output, biases, norms and running statistics too."""
    for parameter in model.parameters():
        noise = torch.randn(parameter.shape)
        parameter.data = 1 + 0.1 * noise if parameter.dim() < 2 else noise / max(1, parameter[:1].numel()) ** 0.5
    for name, buffer in model.named_buffers():
        if buffer.dim() == 1:
            buffer.copy_(1 + 0.1 * torch.rand(buffer.shape) if name.endswith(("var", "weight")) else
                         0.1 * torch.randn(buffer.shape))


def write_as_before(path: Path, changes: dict) -> None:
    """The fields as older versions wrote them, instead of the backbone_config that they turn into."""
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | changes | dict(backbone_config=None)))


def make(out: Path) -> int:
    """Writes the cases and tells how many."""
    for name, model_type, changes, more in CASES:
        torch.manual_seed(len(name))
        config = transformers.AutoConfig.for_model(model_type, **changes)
        config._attn_implementation = "eager"
        model_class = getattr(transformers, name.partition("-")[0])
        model = model_class(config).eval()
        randomize(model)
        model.save_pretrained(out / name)
        if "backbone" in changes:
            write_as_before(out / name / "config.json", changes)
        model = model_class.from_pretrained(out / name, attn_implementation="eager").eval()
        size = (40, 40) if name.startswith("Sam") else (64, 96)
        inputs = {"pixel_values": torch.randn(2, 3, *size)} | more()
        with torch.no_grad():
            result = model(**inputs)
        outputs = {}
        for key, value in result.items():
            parts = enumerate(value) if isinstance(value, (list, tuple)) else [("", value)]
            # Infinity marks places without a box: it could be compared with nothing.
            outputs |= {f"{key}.{i}".rstrip("."): part.contiguous().clone() for i, part in parts
                        if isinstance(part, torch.Tensor) and part.isfinite().all()}
        save_file(inputs, out / name / "inputs.safetensors")
        save_file(outputs, out / name / "expected.safetensors")
    return len(CASES)
