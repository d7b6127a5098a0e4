"""Tiny random checkpoints of models that speak, and of those that write what they hear, for make_models.py.

Their inputs have the seed that the reference's random numbers come from. generation.json of a case: what the model
writes about the first sound (tests/models/captions_test.cpp).
"""

import json
from pathlib import Path

import torch
import transformers
from multimodal_models import BEAMS, GREEDY, written
from safetensors.torch import load_file, save_file

VITS = dict(vocab_size=40, hidden_size=24, num_hidden_layers=2, num_attention_heads=2, window_size=2, ffn_dim=32,
            flow_size=12, spectrogram_bins=9, upsample_initial_channel=16, upsample_rates=[4, 2],
            upsample_kernel_sizes=[8, 5], resblock_kernel_sizes=[3, 5], resblock_dilation_sizes=[[1, 3], [2]],
            depth_separable_num_layers=2, duration_predictor_filter_channels=20, duration_predictor_flow_bins=4,
            duration_predictor_num_flows=3, prior_encoder_num_flows=2, prior_encoder_num_wavenet_layers=3,
            posterior_encoder_num_wavenet_layers=2, wavenet_kernel_size=3, wavenet_dilation_rate=2)
SPEAKERS = dict(num_speakers=3, speaker_embedding_size=10)
SPEECHT5 = dict(vocab_size=40, hidden_size=24, encoder_layers=2, encoder_attention_heads=2, encoder_ffn_dim=32,
                decoder_layers=2, decoder_attention_heads=3, decoder_ffn_dim=40, encoder_max_relative_position=3,
                conv_dim=[8, 12], conv_kernel=[10, 3], conv_stride=[5, 2], num_conv_pos_embeddings=6,
                num_conv_pos_embedding_groups=4, num_mel_bins=10, speaker_embedding_dim=7,
                speech_decoder_prenet_units=16, speech_decoder_postnet_units=14, speech_decoder_postnet_layers=3,
                max_speech_positions=40, max_text_positions=30, use_guided_attention_loss=False)
VOCODER = dict(model_in_dim=10, upsample_initial_channel=16, upsample_rates=[4, 2], upsample_kernel_sizes=[8, 4],
               resblock_kernel_sizes=[3, 5], resblock_dilation_sizes=[[1, 3], [2]])

WAVES = dict(model_type="wav2vec2", hidden_size=24, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
             conv_dim=[8, 12], conv_kernel=[10, 3], conv_stride=[5, 2], num_conv_pos_embeddings=6,
             num_conv_pos_embedding_groups=4, add_adapter=True, num_adapter_layers=1)
WRITER = dict(model_type="gpt2", vocab_size=40, n_embd=32, n_head=4, n_layer=2, n_positions=16,
              add_cross_attention=True, is_decoder=True, bos_token_id=1, eos_token_id=2)


def texts() -> dict[str, torch.Tensor]:
    ids = torch.randint(3, 40, (2, 9))
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0
    return {"input_ids": ids, "attention_mask": mask}


def sounds() -> dict[str, torch.Tensor]:
    mask = torch.ones(2, 160, dtype=torch.long)
    mask[1, 110:] = 0
    return {"input_values": torch.randn(2, 160), "attention_mask": mask}


def frames() -> dict[str, torch.Tensor]:
    """What the decoder has said so far, and who speaks."""
    return {"decoder_input_values": torch.randn(2, 6, 10), "speaker_embeddings": torch.randn(2, 7)}


def tokens() -> dict[str, torch.Tensor]:
    ids = torch.randint(3, 40, (2, 6))
    ids[1, 4:] = 1  # padding
    return {"decoder_input_ids": ids}


def states() -> dict[str, torch.Tensor]:
    return {"input_values": torch.randn(2, 8, 24), "decoder_input_values": torch.randn(2, 6, 24),
            "attention_mask": texts()["attention_mask"][:, :8]}


# class, configuration, inputs; a name after a dash tells cases of a class apart
CASES = (
    ("VitsModel", transformers.VitsConfig(**VITS), lambda: texts() | dict(seed=5)),
    ("VitsModel-speakers", transformers.VitsConfig(**VITS | SPEAKERS | dict(ffn_kernel_size=2)),
     lambda: texts() | dict(seed=6, speaker_id=2, speaking_rate=0.7)),
    ("VitsModel-plain", transformers.VitsConfig(**VITS | SPEAKERS | dict(use_stochastic_duration_prediction=False)),
     lambda: texts() | dict(seed=7, speaker_id=1)),
    ("SpeechT5Model", transformers.SpeechT5Config(**SPEECHT5), states),
    ("SpeechT5ForTextToSpeech", transformers.SpeechT5Config(**SPEECHT5), lambda: texts() | frames() | dict(seed=8)),
    ("SpeechT5ForSpeechToSpeech", transformers.SpeechT5Config(**SPEECHT5 | dict(feat_extract_norm="layer")),
     lambda: sounds() | frames() | dict(seed=9)),
    ("SpeechT5ForSpeechToText", transformers.SpeechT5Config(**SPEECHT5 | dict(scale_embedding=True)),
     lambda: sounds() | tokens()),
    ("SpeechEncoderDecoderModel", transformers.SpeechEncoderDecoderConfig(encoder=WAVES, decoder=WRITER),
     lambda: sounds() | {"decoder_input_ids": torch.randint(3, 40, (2, 6))}),
    ("SpeechT5HifiGan", transformers.SpeechT5HifiGanConfig(**VOCODER), lambda: {"spectrogram": torch.randn(2, 9, 10)}),
)


def randomize(model: torch.nn.Module) -> None:
    """Values that matter to the output, near those that the model begins with: durations are exponentials."""
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape)
    for name, buffer in model.named_buffers():
        if name in ("mean", "scale") or name.endswith(("running_mean", "running_var")):
            buffer += 0.3 * torch.rand(buffer.shape)
    if isinstance(model, transformers.VitsModel):
        model.decoder.conv_post.weight *= 0.05  # or all is at its loudest


def rename_norms(folder: Path) -> None:
    """Gives lengths and directions of kernels the names that older checkpoints have."""
    tensors = load_file(folder / "model.safetensors")
    for number, name in enumerate(("weight_g", "weight_v")):
        tensors = {key.replace(f"parametrizations.weight.original{number}", name): value
                   for key, value in tensors.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def add_norms(folder: Path) -> None:
    """Keeps lengths and directions of a vocoder's kernels apart, as published ones do."""
    tensors = load_file(folder / "model.safetensors")
    for name in [name for name in tensors if name.endswith(".weight")]:
        kernel = tensors.pop(name)
        tensors[name + "_g"], tensors[name + "_v"] = kernel.norm(dim=(1, 2), keepdim=True), 2 * kernel
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def generations(model, wave: torch.Tensor) -> list[dict]:
    roles = dict(decoder_start_token_id=2, eos_token_id=2)
    return [{"config": fields | roles, "prompt": [2], "encoder": [],
             "sequences": written(model.generate(wave, pad_token_id=1, **roles, **fields), 1, 2)}
            for fields in (GREEDY, BEAMS)]


@torch.no_grad()
def make(out: Path) -> int:
    """Writes the cases and tells how many."""
    for name, config, made in CASES:
        torch.manual_seed(len(name))
        folder, class_name = out / name, name.partition("-")[0]
        model_class = getattr(transformers, class_name)
        model = model_class(config).eval()
        randomize(model)
        model.save_pretrained(folder)
        model = model_class.from_pretrained(folder, attn_implementation="eager").eval()
        inputs = made()
        torch.manual_seed(inputs.get("seed", 0))
        outputs = model(**{key: value for key, value in inputs.items() if key != "seed"})
        if isinstance(outputs, torch.Tensor):
            outputs = {"waveform": outputs}
        save_file({key: torch.as_tensor(value).contiguous() for key, value in inputs.items()},
                  folder / "inputs.safetensors")
        save_file({key: value.contiguous() for key, value in outputs.items() if isinstance(value, torch.Tensor)},
                  folder / "expected.safetensors")
        if class_name in ("SpeechT5ForSpeechToText", "SpeechEncoderDecoderModel"):
            about = generations(model, inputs["input_values"][:1])
            (folder / "generation.json").write_text(json.dumps(about))
    rename_norms(out / "VitsModel-plain")
    add_norms(out / "SpeechT5HifiGan")
    return len(CASES)
