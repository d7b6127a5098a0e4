"""Writes one tiny random checkpoint of each supported model type with an input and the reference's outputs.

    make_models.py --out DIR

DIR/<case>/ gets config.json, model.safetensors, inputs.safetensors and expected.safetensors.
"""

import argparse
import json
import warnings
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file

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
)


def randomize(model: torch.nn.Module) -> None:
    """Values that matter to the output, biases and norms too."""
    for parameter in model.parameters():
        noise = torch.randn(parameter.shape)
        parameter.data = 1 + 0.1 * noise if parameter.dim() == 1 else noise / max(1, parameter[:1].numel()) ** 0.5


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
    inputs = make_inputs(class_name)
    outputs = {name: value for name, value in model(**inputs).items() if isinstance(value, torch.Tensor)}
    save_file(inputs, folder / "inputs.safetensors")
    save_file({name: value.contiguous() for name, value in outputs.items()}, folder / "expected.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    for class_name, model_type, changes in CASES:
        make_case(class_name, model_type, changes, args.out / class_name)
    packed = DECODER | EXPERTS | dict(intermediate_size=64)
    make_case("GptOssForCausalLM", "gpt_oss", packed, args.out / "GptOssForCausalLM-mxfp4", mxfp4=True)
    print(f"{len(CASES) + 1} checkpoints")


if __name__ == "__main__":
    main()
