"""Tiny random checkpoints of Whisper, for make_models.py.

generation.json of a case: what the model writes about the first sound (tests/models/captions_test.cpp).
"""

import json
from pathlib import Path

import torch
import transformers
from detector_models import randomize
from safetensors.torch import save_file

WHISPER = dict(vocab_size=96, d_model=32, encoder_layers=2, decoder_layers=3, encoder_attention_heads=4,
               decoder_attention_heads=2, encoder_ffn_dim=48, decoder_ffn_dim=40, num_mel_bins=10,
               max_source_positions=24, max_target_positions=32, pad_token_id=90, bos_token_id=90, eos_token_id=90,
               decoder_start_token_id=91, begin_suppress_tokens=None)
# class, what its configuration changes; a name after a dash tells cases of a class apart
CASES = (
    ("WhisperModel", dict(activation_function="gelu_new")),
    ("WhisperForConditionalGeneration", {}),
    ("WhisperForConditionalGeneration-untied", dict(tie_word_embeddings=False)),
    ("WhisperForAudioClassification", dict(num_labels=5, classifier_proj_size=20)),
    ("WhisperForAudioClassification-sum", dict(use_weighted_layer_sum=True)),
    ("WhisperForCausalLM", {}),
)


def make_inputs(class_name: str) -> dict[str, torch.Tensor]:
    ids = torch.randint(3, 90, (2, 7))
    if class_name == "WhisperForCausalLM":
        return {"input_ids": ids}
    sounds = {"input_features": torch.randn(2, 10, 48)}
    if class_name == "WhisperForAudioClassification":
        return sounds
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    return sounds | {"decoder_input_ids": ids, "decoder_attention_mask": mask}


def generations(model, features: torch.Tensor) -> list[dict]:
    results = []
    for fields in (dict(max_new_tokens=10), dict(max_new_tokens=10, num_beams=3)):
        row = transformers.GenerationMixin.generate(model, features, decoder_input_ids=torch.tensor([[91, 20]]),
                                                    **fields)[0, 2:].tolist()
        row = row[:row.index(90) + 1] if 90 in row else row
        results.append({"config": fields | dict(eos_token_id=90, decoder_start_token_id=91), "prompt": [91, 20],
                        "encoder": [], "sequences": [row]})
    return results


@torch.no_grad()
def make(out: Path) -> int:
    """Writes the cases and tells how many."""
    for name, changes in CASES:
        torch.manual_seed(len(name))
        folder, class_name = out / name, name.split("-")[0]
        model_class = getattr(transformers, class_name)
        model = model_class(transformers.WhisperConfig(**WHISPER | changes)).eval()
        randomize(model)
        model.save_pretrained(folder)
        model = model_class.from_pretrained(folder, attn_implementation="eager").eval()
        inputs = make_inputs(class_name)
        outputs = {key: value.contiguous() for key, value in model(**inputs).items() if isinstance(value, torch.Tensor)}
        save_file(inputs, folder / "inputs.safetensors")
        save_file(outputs, folder / "expected.safetensors")
        if class_name == "WhisperForConditionalGeneration":
            (folder / "generation.json").write_text(json.dumps(generations(model, inputs["input_features"][:1])))
    return len(CASES)
