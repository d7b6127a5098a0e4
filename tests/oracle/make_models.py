"""Writes one tiny random checkpoint of each supported model type with an input and the reference's outputs.

    make_models.py --out DIR

DIR/<case>/ gets config.json, model.safetensors, inputs.safetensors, expected.safetensors and
parameters.json, the number of parameters.
"""

import argparse
import json
import warnings
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file

import detector_models
import multimodal_models
import picture_language_models
import segmenter_models
import series_models
import speech_models
import timm_models
import voice_models
import whisper_models

DECODER = dict(vocab_size=96, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
               num_key_value_heads=2, head_dim=8, max_position_embeddings=64, pad_token_id=0, bos_token_id=1,
               eos_token_id=2, sliding_window=4)
ENCODER = dict(vocab_size=96, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
               max_position_embeddings=64, pad_token_id=0, embedding_size=24)
EXPERTS = dict(num_experts=4, num_local_experts=4, num_experts_per_tok=2, moe_intermediate_size=24,
               shared_expert_intermediate_size=40)
LLAMA3 = dict(rope_type="llama3", rope_theta=10000.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=16)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=16)
LONGROPE = dict(rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.1, 1.2, 1.3],
                long_factor=[2.0, 3.0, 4.0, 5.0], factor=4.0, original_max_position_embeddings=8)

VIT = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4, image_size=32,
           patch_size=8, encoder_stride=8, num_labels=5)
SWIN = dict(embed_dim=8, depths=[2, 2], num_heads=[2, 4], window_size=3, image_size=24, patch_size=2, mlp_ratio=2.0,
            encoder_stride=4, num_labels=5, out_features=["stem", "stage1", "stage2"])
DINOV3_CONVNEXT = dict(hidden_sizes=[8, 16], depths=[1, 2], image_size=32)
CONVNEXT = DINOV3_CONVNEXT | dict(num_stages=2, num_labels=5)
MOBILE = dict(depth_multiplier=0.25, min_depth=4, num_labels=5)
MOBILE_VIT = dict(hidden_sizes=[8, 12, 16], neck_hidden_sizes=[4, 4, 8, 8, 12, 12, 20], num_attention_heads=2,
                  image_size=64, aspp_out_channels=8, num_labels=5)
MIX = dict(hidden_sizes=[8, 16], depths=[1, 2], num_encoder_blocks=2, sr_ratios=[2, 1], patch_sizes=[7, 3],
           strides=[4, 2], num_attention_heads=[1, 2], mlp_ratios=[2, 2], decoder_hidden_size=16, num_labels=5)
VITDET = dict(hidden_size=16, num_hidden_layers=3, num_attention_heads=2, image_size=32, pretrain_image_size=24,
              patch_size=8, window_size=3, window_block_indices=[0], residual_block_indices=[1],
              use_relative_position_embeddings=True, out_features=["stem", "stage3"])
STAGES = dict(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 2], num_labels=5)
DPT = VIT | dict(backbone_out_indices=[0, 1, 2], neck_hidden_sizes=[8, 12, 16], reassemble_factors=[2, 1, 0.5],
                 fusion_hidden_size=8)
BIT = dict(embedding_size=8, hidden_sizes=[16, 32], depths=[1, 2], num_groups=4, num_labels=5)
HYBRID = DPT | dict(
    is_hybrid=True, image_size=32, backbone_out_indices=[0, 0, 1, 2], neck_hidden_sizes=[16, 24, 8, 12],
    reassemble_factors=[1, 1, 2, 0.5], backbone_featmap_shape=[1, 32, 4, 4],
    backbone_config=dict(global_padding="same", layer_type="bottleneck", depths=[1, 2, 1], embedding_size=8,
                         hidden_sizes=[16, 24, 32, 64], num_groups=4, embedding_dynamic_padding=True, output_stride=8,
                         out_features=["stage1", "stage2", "stage3"]))
DEPTH_ANYTHING = dict(patch_size=8, neck_hidden_sizes=[8, 12], reassemble_factors=[2, 0.5], fusion_hidden_size=8,
                      head_hidden_size=6, reassemble_hidden_size=32, depth_estimation_type="metric", max_depth=20)

# class, model type, what its configuration changes
CASES = (
    ("LlamaForCausalLM", "llama", DECODER | dict(rope_parameters=LLAMA3)),
    ("LlamaForSequenceClassification", "llama", DECODER),
    ("MistralForCausalLM", "mistral", DECODER),
    ("Qwen2ForTokenClassification", "qwen2", DECODER),
    ("Qwen3ForCausalLM", "qwen3", DECODER | dict(rope_parameters=YARN)),
    ("GemmaForCausalLM", "gemma", DECODER),
    ("Gemma2ForCausalLM", "gemma2", DECODER),
    ("Gemma3ForCausalLM", "gemma3_text", DECODER | dict(layer_types=["sliding_attention", "full_attention"])),
    ("Phi3ForCausalLM", "phi3", DECODER | dict(rope_parameters=LONGROPE, original_max_position_embeddings=8)),
    ("GraniteForCausalLM", "granite", DECODER | dict(embedding_multiplier=3.0, residual_multiplier=0.5,
                                                     attention_multiplier=0.2, logits_scaling=4.0)),
    ("Olmo2ForCausalLM", "olmo2", DECODER),
    ("SmolLM3ForCausalLM", "smollm3", DECODER | dict(no_rope_layers=[1, 0])),
    ("CohereForCausalLM", "cohere", DECODER | dict(use_qk_norm=True)),
    ("Glm4ForCausalLM", "glm4", DECODER),
    ("MixtralForCausalLM", "mixtral", DECODER | EXPERTS),
    ("Qwen2MoeForCausalLM", "qwen2_moe", DECODER | EXPERTS),
    ("Qwen3MoeForCausalLM", "qwen3_moe", DECODER | EXPERTS),
    ("GptOssForCausalLM", "gpt_oss", DECODER | EXPERTS),
    ("GPT2LMHeadModel", "gpt2", dict(vocab_size=96, n_embd=32, n_head=4, n_layer=2, n_positions=64)),
    ("GPTNeoXForCausalLM", "gpt_neox", ENCODER),
    ("OPTForCausalLM", "opt", dict(vocab_size=96, hidden_size=32, ffn_dim=48, num_hidden_layers=2,
                                   num_attention_heads=4, max_position_embeddings=64, word_embed_proj_dim=24)),
    ("BertForMaskedLM", "bert", ENCODER),
    ("RobertaForSequenceClassification", "roberta", ENCODER | dict(pad_token_id=1)),
    ("DistilBertForQuestionAnswering", "distilbert", dict(vocab_size=96, dim=32, hidden_dim=48, n_layers=2,
                                                          n_heads=4, max_position_embeddings=64)),
    ("MPNetForMaskedLM", "mpnet", ENCODER | dict(pad_token_id=1)),
    ("ElectraForMaskedLM", "electra", ENCODER),
    ("ElectraForMultipleChoice", "electra", ENCODER),
    ("T5ForConditionalGeneration", "t5", dict(vocab_size=96, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4)),
    ("ViTForImageClassification", "vit", VIT | dict(qkv_bias=False)),
    ("ViTForMaskedImageModeling", "vit", VIT),
    ("ViTModel", "vit", VIT | dict(pooler_output_size=24)),
    ("DeiTForImageClassificationWithTeacher", "deit", VIT),
    ("BeitForMaskedImageModeling", "beit", VIT | dict(use_absolute_position_embeddings=True, vocab_size=24,
                                                      use_mask_token=True)),
    ("BeitForImageClassification", "beit", VIT | dict(use_relative_position_bias=True,
                                                      use_shared_relative_position_bias=True,
                                                      use_mean_pooling=False)),
    ("BeitForSemanticSegmentation", "beit", VIT | dict(num_hidden_layers=4, out_indices=[1, 2, 3, 4],
                                                       layer_scale_init_value=0.0)),
    ("BeitBackbone", "beit", VIT | dict(num_hidden_layers=4, out_indices=[0, 1, 2, 4], add_fpn=True)),
    ("Dinov2ForImageClassification", "dinov2", VIT | dict(mlp_ratio=2, use_swiglu_ffn=True)),
    ("Dinov2Backbone", "dinov2", VIT | dict(mlp_ratio=2, out_indices=[1, 3], reshape_hidden_states=False)),
    ("YolosForObjectDetection", "yolos", VIT | dict(num_detection_tokens=6, image_size=[32, 48])),
    ("SegformerForSemanticSegmentation", "segformer", MIX),
    ("SegformerForImageClassification", "segformer", MIX),
    ("SegformerModel", "segformer", MIX | dict(reshape_last_stage=False)),
    ("GLPNForDepthEstimation", "glpn", MIX),
    ("DPTModel", "dpt", DPT),
    ("DPTForSemanticSegmentation", "dpt", DPT | dict(readout_type="add", use_batch_norm_in_fusion_residual=True)),
    ("DPTForDepthEstimation", "dpt", DPT | dict(
        neck_hidden_sizes=[8, 16], readout_type="ignore",
        backbone_config=transformers.Swinv2Config(**SWIN | dict(out_features=["stage1", "stage2"])))),
    ("BitModel", "bit", BIT | dict(hidden_sizes=[20, 16], output_stride=4)),
    ("BitForImageClassification", "bit", BIT | dict(global_padding="same", embedding_dynamic_padding=True)),
    ("BitBackbone", "bit", BIT | dict(layer_type="bottleneck", depths=[1, 2, 2, 2], hidden_sizes=[16, 24, 32, 40],
                                      width_factor=2, output_stride=4, hidden_act="silu",
                                      out_features=["stem", "stage2", "stage4"])),
    ("DepthAnythingForDepthEstimation", "depth_anything", DEPTH_ANYTHING | dict(
        backbone_config=transformers.Dinov2Config(**VIT | dict(mlp_ratio=2, out_indices=[1, 3],
                                                               reshape_hidden_states=False)))),
    ("SwinBackbone", "swin", SWIN),
    ("SwinForMaskedImageModeling", "swin", SWIN | dict(use_absolute_embeddings=True)),
    ("Swinv2ForImageClassification", "swinv2", SWIN | dict(pretrained_window_sizes=[3, 2])),
    ("ConvNextBackbone", "convnext", CONVNEXT | dict(out_features=["stem", "stage2"])),
    ("ConvNextForImageClassification", "convnext", CONVNEXT | dict(layer_scale_init_value=0.0)),
    ("ConvNextV2Model", "convnextv2", CONVNEXT),
    ("DINOv3ConvNextModel", "dinov3_convnext", DINOV3_CONVNEXT),
    ("DINOv3ConvNextBackbone", "dinov3_convnext", DINOV3_CONVNEXT | dict(out_features=["stem", "stage2"])),
    ("EfficientNetForImageClassification", "efficientnet", dict(
        width_coefficient=0.1, depth_coefficient=1.1, depth_divisor=4, hidden_dim=128, in_channels=[32, 16],
        out_channels=[16, 24], kernel_sizes=[3, 5], strides=[2, 2], num_block_repeats=[1, 2], expand_ratios=[1, 3],
        depthwise_padding=[1], image_size=31, num_labels=5)),
    ("MobileNetV1ForImageClassification", "mobilenet_v1", MOBILE | dict(image_size=46)),
    ("MobileNetV1Model", "mobilenet_v1", MOBILE | dict(tf_padding=False, image_size=46)),
    ("MobileNetV2ForImageClassification", "mobilenet_v2", MOBILE | dict(finegrained_output=False, image_size=45)),
    ("MobileNetV2ForSemanticSegmentation", "mobilenet_v2", MOBILE | dict(
        output_stride=8, first_layer_is_expansion=False, image_size=46)),
    ("MobileViTForSemanticSegmentation", "mobilevit", MOBILE_VIT | dict(output_stride=8)),
    ("MobileViTModel", "mobilevit", MOBILE_VIT | dict(image_size=68)),
    ("RegNetForImageClassification", "regnet", STAGES | dict(groups_width=4)),
    ("RegNetModel", "regnet", STAGES | dict(layer_type="x", downsample_in_first_stage=False)),
    ("ResNetBackbone", "resnet", STAGES | dict(layer_type="basic", out_features=["stem", "stage2"])),
    ("ResNetForImageClassification", "resnet", STAGES | dict(downsample_in_bottleneck=True, hidden_act="gelu")),
    ("RTDetrResNetBackbone", "rt_detr_resnet", STAGES | dict(layer_type="basic", out_indices=[1, 2])),
    ("VitDetBackbone", "vitdet", VITDET),
    ("VitMatteForImageMatting", "vitmatte", dict(
        hidden_size=16, backbone_config=VITDET | dict(model_type="vitdet"), convstream_hidden_sizes=[4, 6],
        fusion_hidden_sizes=[12, 8, 6])),
)
# A second case of a class: folder, class, model type, changes.
SECOND_CASES = (
    ("BitModel-bottleneck", "BitModel", "bit", BIT | dict(
        layer_type="bottleneck", depths=[2, 1], hidden_sizes=[20, 32, 64], width_factor=2)),
    ("DPTModel-hybrid", "DPTModel", "dpt", HYBRID),
    ("DPTForSemanticSegmentation-hybrid", "DPTForSemanticSegmentation", "dpt", HYBRID),
    ("DPTForDepthEstimation-hybrid", "DPTForDepthEstimation", "dpt", HYBRID),
)
# Sizes of pictures that are not the configuration's.
PICTURES = {"ViTForImageClassification": (40, 48), "BeitForImageClassification": (48, 24), "BeitBackbone": (48, 64),
            "BitBackbone": (37, 50), "BitForImageClassification": (50, 37),
            "Dinov2Backbone": (50, 41), "DPTModel": (40, 48), "DPTForDepthEstimation": (24, 24),
            "DepthAnythingForDepthEstimation": (50, 41), "YolosForObjectDetection": (41, 64), "GLPNForDepthEstimation": (32, 48),
            "SegformerForSemanticSegmentation": (37, 50), "SwinBackbone": (29, 34),
            "Swinv2ForImageClassification": (26, 31),
            "VitDetBackbone": (32, 40), "VitMatteForImageMatting": (32, 40)}


def randomize(model: torch.nn.Module) -> None:
    """Values that matter to the output, biases and norms too."""
    for parameter in model.parameters():
        noise = torch.randn(parameter.shape)
        parameter.data = 1 + 0.1 * noise if parameter.dim() < 2 else noise / max(1, parameter[:1].numel()) ** 0.5
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.copy_(0.1 * torch.randn(buffer.shape))
        if name.endswith("running_var"):
            buffer.copy_(0.5 + torch.rand(buffer.shape))


def make_pictures(case: str, config) -> dict[str, torch.Tensor]:
    size = getattr(config, "image_size", 40)
    size = size if isinstance(size, (list, tuple)) else [size] * 2
    height, width = PICTURES.get(case, size)
    inputs = {"pixel_values": torch.randn(2, 3, height, width)}
    if case.startswith("ViT") and case in PICTURES:
        inputs["interpolate_pos_encoding"] = torch.tensor(True)
    if case.endswith("ForMaskedImageModeling"):
        patches = (size[0] // config.patch_size) * (size[1] // config.patch_size)
        inputs["bool_masked_pos"] = torch.rand(2, patches) < 0.4
    return inputs


def make_inputs(class_name: str) -> dict[str, torch.Tensor]:
    ids = torch.randint(3, 96, (2, 11))
    mask = torch.ones_like(ids)
    ids[1, 8:], mask[1, 8:] = 0, 0
    inputs = {"input_ids": ids, "attention_mask": mask}
    if "MultipleChoice" in class_name:
        inputs = {name: value.unsqueeze(0).contiguous() for name, value in inputs.items()}
    if class_name.startswith("T5"):
        inputs["decoder_input_ids"] = torch.randint(3, 96, (2, 7))
    return inputs


def pack_experts(folder: Path) -> None:
    """Turns the experts of a GPT-OSS checkpoint into random MXFP4 blocks and scales, as its authors publish it."""
    tensors = load_file(folder / "model.safetensors")
    for name in [name for name in tensors if name.endswith(("gate_up_proj", "down_proj"))]:
        experts, width, out = tensors.pop(name).shape
        tensors[name + "_blocks"] = torch.randint(0, 256, (experts, out, width // 32, 16), dtype=torch.uint8)
        tensors[name + "_scales"] = torch.randint(121, 126, (experts, out, width // 32), dtype=torch.uint8)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "mxfp4", "modules_to_not_convert": [
        "model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]}
    (folder / "config.json").write_text(json.dumps(config))


@torch.no_grad()
def make_case(class_name: str, model_type: str, changes: dict, folder: Path, mxfp4: bool = False) -> None:
    torch.manual_seed(len(class_name))
    config = transformers.AutoConfig.for_model(model_type, **changes)
    config._attn_implementation = "eager"
    model_class = getattr(transformers, class_name)
    model = model_class(config).eval()
    randomize(model)
    model.save_pretrained(folder)
    if mxfp4:
        pack_experts(folder)
    # Unpacked experts come in bfloat16, which holds every MXFP4 value exactly.
    model = model_class.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).float().eval()
    pictures = model.main_input_name == "pixel_values"
    inputs = make_pictures(folder.name, config) if pictures else make_inputs(class_name)
    results = model(**inputs)
    outputs = {name: value for name, value in results.items() if isinstance(value, torch.Tensor) and name != "loss"}
    for index, value in enumerate(results.get("feature_maps") or ()):
        outputs[f"feature_maps.{index}"] = value
    save_file(inputs, folder / "inputs.safetensors")
    save_file({name: value.contiguous() for name, value in outputs.items()}, folder / "expected.safetensors")


def count_parameters(folder: Path) -> None:
    """Writes how many parameters the reference counts in a checkpoint of its own."""
    config = transformers.AutoConfig.from_pretrained(folder)
    with torch.device("meta"):
        model = getattr(transformers, config.architectures[0])._from_config(config)
    (folder / "parameters.json").write_text(json.dumps(model.num_parameters()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    for class_name, model_type, changes in CASES:
        make_case(class_name, model_type, changes, args.out / class_name)
    for case, class_name, model_type, changes in SECOND_CASES:
        make_case(class_name, model_type, changes, args.out / case)
    packed = DECODER | EXPERTS | dict(intermediate_size=64)
    make_case("GptOssForCausalLM", "gpt_oss", packed, args.out / "GptOssForCausalLM-mxfp4", mxfp4=True)
    others = sum(part.make(args.out) for part in (detector_models, multimodal_models, picture_language_models,
                                                  segmenter_models, series_models, speech_models, timm_models,
                                                  voice_models, whisper_models))
    for folder in args.out.iterdir():
        # A file counts timm's; a vocoder's checkpoint has weight norms that the reference folds into its weights.
        if not folder.name.startswith("timm-") and folder.name != "SpeechT5HifiGan":
            count_parameters(folder)
    print(f"{len(CASES) + len(SECOND_CASES) + 1 + others} checkpoints")


if __name__ == "__main__":
    main()
