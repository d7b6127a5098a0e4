"""Tiny random checkpoints of models that cut a whole picture into segments, for make_models.py."""

from importlib import import_module
from pathlib import Path

import torch
from multimodal_models import write

for family in ("mask2former", "maskformer", "oneformer"):  # want SciPy, for a loss that nothing here computes
    import_module(f"transformers.models.{family}.modeling_{family}").requires_backends = lambda *args: None

SWIN = dict(model_type="swin", embed_dim=16, depths=[1, 1, 2, 1], num_heads=[2, 2, 4, 4], window_size=2, image_size=32,
            patch_size=4, mlp_ratio=2.0, out_features=["stage1", "stage2", "stage3", "stage4"])
RESNET = dict(model_type="resnet", embedding_size=8, hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1],
              layer_type="basic", out_features=["stage1", "stage2", "stage3", "stage4"])
MASKS = dict(backbone_config=SWIN, hidden_dim=32, num_attention_heads=4, dim_feedforward=48, encoder_feedforward_dim=40,
             encoder_layers=1, num_labels=5, num_queries=6)
MASK2FORMER = MASKS | dict(feature_size=32, mask_feature_size=24, decoder_layers=5, output_auxiliary_logits=True)
ONEFORMER = MASKS | dict(conv_dim=32, mask_dim=32, decoder_layers=3, task_seq_len=9)
DETR = dict(model_type="detr", d_model=40, decoder_attention_heads=4, encoder_attention_heads=4, decoder_ffn_dim=48,
            decoder_layers=2, num_queries=6, backbone_config=RESNET)
MASKFORMER = dict(backbone_config=SWIN, decoder_config=DETR, fpn_feature_size=32, mask_feature_size=24, num_labels=5)
UPERNET = dict(backbone_config=RESNET, hidden_size=16, pool_scales=[1, 2], auxiliary_channels=8, num_labels=5)

# class, model type, what its configuration changes
CASES = (
    ("Mask2FormerModel", "mask2former", MASK2FORMER | dict(pre_norm=True)),
    ("Mask2FormerForUniversalSegmentation", "mask2former", MASK2FORMER),
    ("MaskFormerForInstanceSegmentation", "maskformer", MASKFORMER),
    ("OneFormerForUniversalSegmentation", "oneformer", ONEFORMER),
    ("OneFormerModel", "oneformer", ONEFORMER | dict(pre_norm=True, use_task_norm=False)),
    ("UperNetForSemanticSegmentation", "upernet", UPERNET),
    ("UperNetForSemanticSegmentation-timm", "upernet", UPERNET | dict(backbone_config=dict(
        model_type="timm_backbone", backbone="test_resnet", out_indices=[-5, -4, -3, -2]))),
)


def make(out: Path) -> int:
    """Writes the cases and tells how many."""
    for class_name, model_type, changes in CASES:
        torch.manual_seed(len(class_name))
        inputs = {"pixel_values": torch.randn(2, 3, 72, 60)}
        if model_type == "oneformer":
            inputs["task_inputs"] = torch.randint(0, 96, (2, 9))
        write(out / class_name, class_name.partition("-")[0], model_type, changes, inputs)
    return len(CASES)
