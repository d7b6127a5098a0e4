"""Tiny random checkpoints of models that hear or speak, for make_models.py."""

from pathlib import Path

import torch
import transformers
from multimodal_models import flat, text, write
from safetensors.torch import load_file, save_file

TOWER = dict(hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, num_labels=5)
WAVE = TOWER | dict(conv_dim=[16, 24, 16], conv_kernel=[10, 3, 2], conv_stride=[5, 2, 2], num_conv_pos_embeddings=6,
                    num_conv_pos_embedding_groups=4, vocab_size=30, classifier_proj_size=12, num_codevectors_per_group=7,
                    codevector_dim=16, proj_codevector_dim=12)
SPEAKER = dict(tdnn_dim=[16, 16, 24], tdnn_kernel=[3, 2, 1], tdnn_dilation=[1, 2, 1], xvector_output_dim=10)
STABLE = dict(feat_extract_norm="layer", do_stable_layer_norm=True, conv_bias=True, num_conv_pos_embeddings=7)
SHORTENED = dict(add_adapter=True, output_hidden_size=24, num_adapter_layers=2)
FRAMES = TOWER | dict(feature_projection_input_dim=20, conv_depthwise_kernel_size=5, vocab_size=30,
                      left_max_position_embeddings=6, right_max_position_embeddings=3, classifier_proj_size=12)
EVENTS = TOWER | dict(patch_size=8, frequency_stride=6, time_stride=5, max_length=40, num_mel_bins=24)
CLAP = dict(
    text_config=TOWER | dict(vocab_size=96, max_position_embeddings=32, pad_token_id=1),
    audio_config=dict(hidden_size=32, num_mel_bins=16, spec_size=64, patch_embeds_hidden_size=8, depths=[2, 2, 1],
                      num_attention_heads=[2, 4, 4], window_size=4), projection_dim=24)
FUSED = CLAP | dict(audio_config=CLAP["audio_config"] | dict(enable_fusion=True, fusion_type="aff_2d"))
VOICE = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, window_size=2, ffn_dim=24, flow_size=8,
             spectrogram_bins=9, upsample_initial_channel=16, upsample_rates=[4, 2], upsample_kernel_sizes=[8, 4],
             resblock_kernel_sizes=[3, 5], resblock_dilation_sizes=[[1, 3], [1, 2]], duration_predictor_flow_bins=4,
             duration_predictor_num_flows=3, prior_encoder_num_flows=2, prior_encoder_num_wavenet_layers=2,
             posterior_encoder_num_wavenet_layers=2, duration_predictor_filter_channels=12, depth_separable_num_layers=2)
SPEAKERS = dict(num_speakers=3, speaker_embedding_size=6)
SEED = 7


def waves() -> dict[str, torch.Tensor]:
    """Two sounds, the second one shorter."""
    mask = torch.ones(2, 900, dtype=torch.long)
    mask[1, 500:] = 0
    return {"input_values": torch.randn(2, 900) * mask, "attention_mask": mask}


def hidden() -> dict[str, torch.Tensor]:
    """The same where some frames are hidden."""
    return waves() | {"mask_time_indices": torch.rand(2, 44) < 0.3}


def frames() -> dict[str, torch.Tensor]:
    """Two spectrograms, the second one shorter."""
    mask = torch.ones(2, 31, dtype=torch.long)
    mask[1, 17:] = 0
    return {"input_features": torch.randn(2, 31, 20), "attention_mask": mask}


def events() -> dict[str, torch.Tensor]:
    return {"input_values": torch.randn(2, 40, 24)}


def captions(pieces: int = 1, count: int = 200) -> dict[str, torch.Tensor]:
    return text() | {"input_features": torch.randn(2, pieces, count, 16), "is_longer": torch.tensor([[False], [True]])}


def letters() -> dict[str, torch.Tensor]:
    mask = torch.ones(2, 9, dtype=torch.long)
    mask[1, 6:] = 0
    return {"input_ids": torch.randint(1, 38, (2, 9)), "attention_mask": mask}


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
    ("Wav2Vec2BertForCTC", "wav2vec2-bert", FRAMES | SHORTENED | dict(use_intermediate_ffn_before_adapter=True), frames),
    ("Wav2Vec2BertModel-relative", "wav2vec2-bert", FRAMES | dict(position_embeddings_type="relative"), frames),
    ("Wav2Vec2BertForSequenceClassification-rotary", "wav2vec2-bert", FRAMES | dict(
        position_embeddings_type="rotary", use_weighted_layer_sum=True), frames),
    ("ASTForAudioClassification", "audio-spectrogram-transformer", EVENTS, events),
    ("ASTModel", "audio-spectrogram-transformer", EVENTS | dict(qkv_bias=False), events),
    ("ClapModel", "clap", CLAP, captions),
    ("ClapModel-fused", "clap", FUSED, lambda: captions(4, 256)),
)

# The same of those that draw noise
VOICES = (
    ("VitsModel", VOICE, {}),
    ("VitsModel-speakers", VOICE | SPEAKERS | dict(wavenet_dilation_rate=2), {"speaker_id": 2, "speaking_rate": 0.7}),
    ("VitsModel-fixed", VOICE | dict(use_stochastic_duration_prediction=False, hidden_act="gelu"), {}),
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


@torch.no_grad()
def write_voice(folder: Path, changes: dict, manner: dict) -> None:
    """A case with the noise of a seed."""
    inputs = letters()
    write(folder, "VitsModel", "vits", changes, inputs)
    model = transformers.VitsModel.from_pretrained(folder).eval()
    torch.manual_seed(SEED)
    save_file(flat(model(**inputs, **manner)), folder / "expected.safetensors")
    asked = {name: torch.tensor(value) for name, value in (manner | {"seed": SEED}).items()}
    save_file(inputs | asked, folder / "inputs.safetensors")


def make(out: Path) -> int:
    """Writes the cases and tells how many."""
    for name, model_type, changes, inputs in CASES:
        torch.manual_seed(len(name))
        write(out / name, name.partition("-")[0], model_type, changes, inputs())
    name_as_before(out / "Wav2Vec2ForXVector")
    for name, changes, manner in VOICES:
        torch.manual_seed(len(name))
        write_voice(out / name, changes, manner)
    return len(CASES) + len(VOICES)
