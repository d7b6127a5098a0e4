"""Tiny random checkpoints of models that hear or speak, for make_models.py."""

from pathlib import Path

import torch
from multimodal_models import write
from safetensors.torch import load_file, save_file

TOWER = dict(hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, num_labels=5)
WAVE = TOWER | dict(conv_dim=[16, 24, 16], conv_kernel=[10, 3, 2], conv_stride=[5, 2, 2], num_conv_pos_embeddings=6,
                    num_conv_pos_embedding_groups=4, vocab_size=30, classifier_proj_size=12, num_codevectors_per_group=7,
                    codevector_dim=16, proj_codevector_dim=12)
SPEAKER = dict(tdnn_dim=[16, 16, 24], tdnn_kernel=[3, 2, 1], tdnn_dilation=[1, 2, 1], xvector_output_dim=10)
STABLE = dict(feat_extract_norm="layer", do_stable_layer_norm=True, conv_bias=True, num_conv_pos_embeddings=7)
SHORTENED = dict(add_adapter=True, output_hidden_size=24, num_adapter_layers=2)


def waves() -> dict[str, torch.Tensor]:
    """Two sounds, the second one shorter."""
    mask = torch.ones(2, 900, dtype=torch.long)
    mask[1, 500:] = 0
    return {"input_values": torch.randn(2, 900) * mask, "attention_mask": mask}


def hidden() -> dict[str, torch.Tensor]:
    """The same where some frames are hidden."""
    return waves() | {"mask_time_indices": torch.rand(2, 44) < 0.3}


# class and what tells cases of it apart, model type, what its configuration changes, inputs
CASES = (
    ("Wav2Vec2ForCTC", "wav2vec2", WAVE, waves),
    ("Wav2Vec2ForCTC-languages", "wav2vec2", WAVE | STABLE | SHORTENED | dict(adapter_attn_dim=8), waves),
    ("Wav2Vec2ForPreTraining", "wav2vec2", WAVE | STABLE, hidden),
    ("Wav2Vec2ForXVector", "wav2vec2", WAVE | SPEAKER | dict(use_weighted_layer_sum=True), waves),
    ("HubertModel", "hubert", WAVE | dict(conv_pos_batch_norm=True, feat_proj_layer_norm=False), waves),
    ("HubertForSequenceClassification", "hubert", WAVE | STABLE | dict(use_weighted_layer_sum=True), waves),
    ("WavLMForAudioFrameClassification", "wavlm", WAVE | dict(num_buckets=8, max_bucket_distance=20), waves),
    ("WavLMModel-stable", "wavlm", WAVE | STABLE, waves),
    ("Data2VecAudioModel", "data2vec-audio", WAVE | dict(num_conv_pos_embeddings=2, conv_pos_kernel_size=4), waves),
)


def name_as_before(folder: Path) -> None:
    """Names the parts of weight-normed kernels as older files do."""
    tensors = load_file(folder / "model.safetensors")
    ends = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}
    for name in list(tensors):
        for new, old in ends.items():
            if name.endswith(new):
                tensors[name.removesuffix(new) + old] = tensors.pop(name)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def make(out: Path) -> int:
    """Writes the cases and tells how many."""
    for name, model_type, changes, inputs in CASES:
        torch.manual_seed(len(name))
        write(out / name, name.partition("-")[0], model_type, changes, inputs())
    name_as_before(out / "Wav2Vec2ForXVector")
    return len(CASES)
