#include "core/checkpoint/gguf_architecture.h"

#include <string>

#include "core/base/error.h"

namespace orrery::checkpoint {
namespace {

using enum GgufLayout;

// Stems without a layer number: the name is complete. Others follow the layer's prefix.
constexpr GgufName kDecoder[] = {
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm"},
    {"output", "lm_head"},
    {"blk.attn_norm", "input_layernorm"},
    {"blk.attn_q", "self_attn.q_proj"},
    {"blk.attn_k", "self_attn.k_proj"},
    {"blk.attn_v", "self_attn.v_proj"},
    {"blk.attn_output", "self_attn.o_proj"},
    {"blk.attn_q_norm", "self_attn.q_norm"},
    {"blk.attn_k_norm", "self_attn.k_norm"},
    {"blk.attn_qkv", "self_attn.qkv_proj"},
    {"blk.ffn_norm", "post_attention_layernorm"},
    {"blk.ffn_gate", "mlp.gate_proj"},
    {"blk.ffn_up", "mlp.up_proj"},
    {"blk.ffn_down", "mlp.down_proj"},
};
constexpr GgufName kLlama[] = {
    {"blk.attn_q", "self_attn.q_proj", kRotaryHeads},
    {"blk.attn_k", "self_attn.k_proj", kRotaryKvHeads},
};
constexpr GgufName kMixtral[] = {
    {"blk.attn_q", "self_attn.q_proj", kRotaryHeads},
    {"blk.attn_k", "self_attn.k_proj", kRotaryKvHeads},
    {"blk.ffn_gate_inp", "block_sparse_moe.gate"},
    {"blk.ffn_gate_exps", "block_sparse_moe.experts.{e}.w1", kExperts},
    {"blk.ffn_down_exps", "block_sparse_moe.experts.{e}.w2", kExperts},
    {"blk.ffn_up_exps", "block_sparse_moe.experts.{e}.w3", kExperts},
};
constexpr GgufName kQwenMoe[] = {
    {"blk.ffn_gate_inp", "mlp.gate"},
    {"blk.ffn_gate_exps", "mlp.experts.{e}.gate_proj", kExperts},
    {"blk.ffn_up_exps", "mlp.experts.{e}.up_proj", kExperts},
    {"blk.ffn_down_exps", "mlp.experts.{e}.down_proj", kExperts},
    {"blk.ffn_gate_inp_shexp", "mlp.shared_expert_gate", kColumn},
    {"blk.ffn_gate_shexp", "mlp.shared_expert.gate_proj"},
    {"blk.ffn_up_shexp", "mlp.shared_expert.up_proj"},
    {"blk.ffn_down_shexp", "mlp.shared_expert.down_proj"},
};
constexpr GgufName kGemma[] = {
    {"output_norm", "model.norm", kPlusOne},
    {"blk.attn_norm", "input_layernorm", kPlusOne},
    {"blk.ffn_norm", "post_attention_layernorm", kPlusOne},
};
constexpr GgufName kGemma2[] = {
    {"output_norm", "model.norm", kPlusOne},
    {"blk.attn_norm", "input_layernorm", kPlusOne},
    {"blk.attn_q_norm", "self_attn.q_norm", kPlusOne},
    {"blk.attn_k_norm", "self_attn.k_norm", kPlusOne},
    {"blk.post_attention_norm", "post_attention_layernorm", kPlusOne},
    {"blk.ffn_norm", "pre_feedforward_layernorm", kPlusOne},
    {"blk.post_ffw_norm", "post_feedforward_layernorm", kPlusOne},
};
constexpr GgufName kPhi3[] = {{"blk.ffn_up", "mlp.gate_up_proj"}};
constexpr GgufName kOlmo2[] = {
    {"blk.post_attention_norm", "post_attention_layernorm"},
    {"blk.post_ffw_norm", "post_feedforward_layernorm"},
};
constexpr GgufName kGlm4[] = {
    {"blk.post_attention_norm", "post_self_attn_layernorm"},
    {"blk.post_ffw_norm", "post_mlp_layernorm"},
    {"blk.ffn_up", "mlp.gate_up_proj"},
};
constexpr GgufName kGptOss[] = {
    {"blk.post_attention_norm", "post_attention_layernorm"},
    {"blk.ffn_norm", "post_attention_layernorm"},
    {"blk.attn_sinks", "self_attn.sinks"},
    {"blk.ffn_gate_inp", "mlp.router"},
    {"blk.ffn_gate_exps", "mlp.experts.gate_up_proj", kOssGateUp},
    {"blk.ffn_down_exps", "mlp.experts.down_proj", kOssDown},
};
constexpr GgufName kGpt2[] = {
    {"token_embd", "transformer.wte"},
    {"position_embd", "transformer.wpe"},
    {"output_norm", "transformer.ln_f"},
    {"output", "lm_head"},
    {"blk.attn_norm", "ln_1"},
    {"blk.attn_qkv", "attn.c_attn", kTransposed},
    {"blk.attn_output", "attn.c_proj", kTransposed},
    {"blk.ffn_norm", "ln_2"},
    {"blk.ffn_up", "mlp.c_fc", kTransposed},
    {"blk.ffn_down", "mlp.c_proj", kTransposed},
};
constexpr GgufName kGptNeox[] = {
    {"token_embd", "gpt_neox.embed_in"},
    {"output_norm", "gpt_neox.final_layer_norm"},
    {"output", "embed_out"},
    {"blk.attn_norm", "input_layernorm"},
    {"blk.attn_qkv", "attention.query_key_value", kFusedHeads},
    {"blk.attn_output", "attention.dense"},
    {"blk.ffn_norm", "post_attention_layernorm"},
    {"blk.ffn_up", "mlp.dense_h_to_4h"},
    {"blk.ffn_down", "mlp.dense_4h_to_h"},
};
constexpr GgufName kBert[] = {
    {"token_embd", "embeddings.word_embeddings"},
    {"token_types", "embeddings.token_type_embeddings"},
    {"position_embd", "embeddings.position_embeddings"},
    {"token_embd_norm", "embeddings.LayerNorm"},
    {"cls", "pooler.dense"},
    {"cls.output", "classifier"},
    {"blk.attn_q", "attention.self.query"},
    {"blk.attn_k", "attention.self.key"},
    {"blk.attn_v", "attention.self.value"},
    {"blk.attn_output", "attention.output.dense"},
    {"blk.attn_output_norm", "attention.output.LayerNorm"},
    {"blk.ffn_up", "intermediate.dense"},
    {"blk.ffn_down", "output.dense"},
    {"blk.layer_output_norm", "output.LayerNorm"},
};
// T5's layers are named in full: encoder and decoder differ.
constexpr GgufName kT5[] = {
    {"token_embd", "shared"},
    {"output", "lm_head"},
    {"enc.output_norm", "encoder.final_layer_norm"},
    {"dec.output_norm", "decoder.final_layer_norm"},
    {"enc.blk.attn_norm", "encoder.block.{l}.layer.0.layer_norm"},
    {"enc.blk.attn_q", "encoder.block.{l}.layer.0.SelfAttention.q"},
    {"enc.blk.attn_k", "encoder.block.{l}.layer.0.SelfAttention.k"},
    {"enc.blk.attn_v", "encoder.block.{l}.layer.0.SelfAttention.v"},
    {"enc.blk.attn_o", "encoder.block.{l}.layer.0.SelfAttention.o"},
    {"enc.blk.attn_rel_b", "encoder.block.{l}.layer.0.SelfAttention.relative_attention_bias"},
    {"enc.blk.ffn_norm", "encoder.block.{l}.layer.1.layer_norm"},
    {"enc.blk.ffn_gate", "encoder.block.{l}.layer.1.DenseReluDense.wi_0"},
    {"enc.blk.ffn_up", "encoder.block.{l}.layer.1.DenseReluDense.{wi}"},
    {"enc.blk.ffn_down", "encoder.block.{l}.layer.1.DenseReluDense.wo"},
    {"dec.blk.attn_norm", "decoder.block.{l}.layer.0.layer_norm"},
    {"dec.blk.attn_q", "decoder.block.{l}.layer.0.SelfAttention.q"},
    {"dec.blk.attn_k", "decoder.block.{l}.layer.0.SelfAttention.k"},
    {"dec.blk.attn_v", "decoder.block.{l}.layer.0.SelfAttention.v"},
    {"dec.blk.attn_o", "decoder.block.{l}.layer.0.SelfAttention.o"},
    {"dec.blk.attn_rel_b", "decoder.block.{l}.layer.0.SelfAttention.relative_attention_bias"},
    {"dec.blk.cross_attn_norm", "decoder.block.{l}.layer.1.layer_norm"},
    {"dec.blk.cross_attn_q", "decoder.block.{l}.layer.1.EncDecAttention.q"},
    {"dec.blk.cross_attn_k", "decoder.block.{l}.layer.1.EncDecAttention.k"},
    {"dec.blk.cross_attn_v", "decoder.block.{l}.layer.1.EncDecAttention.v"},
    {"dec.blk.cross_attn_o", "decoder.block.{l}.layer.1.EncDecAttention.o"},
    {"dec.blk.ffn_norm", "decoder.block.{l}.layer.2.layer_norm"},
    {"dec.blk.ffn_gate", "decoder.block.{l}.layer.2.DenseReluDense.wi_0"},
    {"dec.blk.ffn_up", "decoder.block.{l}.layer.2.DenseReluDense.{wi}"},
    {"dec.blk.ffn_down", "decoder.block.{l}.layer.2.DenseReluDense.wo"},
};

constexpr std::string_view kModelLayers = "model.layers.";

constexpr GgufArchitecture kArchitectures[] = {
    {"llama", "llama", "LlamaForCausalLM", kModelLayers, kLlama, kDecoder},
    {"qwen2", "qwen2", "Qwen2ForCausalLM", kModelLayers, {}, kDecoder},
    {"qwen3", "qwen3", "Qwen3ForCausalLM", kModelLayers, {}, kDecoder},
    {"qwen2moe", "qwen2_moe", "Qwen2MoeForCausalLM", kModelLayers, kQwenMoe, kDecoder},
    {"qwen3moe", "qwen3_moe", "Qwen3MoeForCausalLM", kModelLayers, kQwenMoe, kDecoder},
    {"gemma", "gemma", "GemmaForCausalLM", kModelLayers, kGemma, kDecoder},
    {"gemma2", "gemma2", "Gemma2ForCausalLM", kModelLayers, kGemma2, kDecoder},
    {"gemma3", "gemma3_text", "Gemma3ForCausalLM", kModelLayers, kGemma2, kDecoder},
    {"phi3", "phi3", "Phi3ForCausalLM", kModelLayers, kPhi3, kDecoder},
    {"granite", "granite", "GraniteForCausalLM", kModelLayers, kLlama, kDecoder},
    {"olmo2", "olmo2", "Olmo2ForCausalLM", kModelLayers, kOlmo2, kDecoder},
    {"smollm3", "smollm3", "SmolLM3ForCausalLM", kModelLayers, kLlama, kDecoder},
    {"command-r", "cohere", "CohereForCausalLM", kModelLayers, {}, kDecoder},
    {"glm4", "glm4", "Glm4ForCausalLM", kModelLayers, kGlm4, kDecoder},
    {"gpt-oss", "gpt_oss", "GptOssForCausalLM", kModelLayers, kGptOss, kDecoder},
    {"gpt2", "gpt2", "GPT2LMHeadModel", "transformer.h.", kGpt2, {}},
    {"gptneox", "gpt_neox", "GPTNeoXForCausalLM", "gpt_neox.layers.", kGptNeox, {}},
    {"bert", "bert", "BertModel", "encoder.layer.", kBert, {}},
    {"t5", "t5", "T5ForConditionalGeneration", "", kT5, {}},
    {"t5encoder", "t5", "T5EncoderModel", "", kT5, {}},
};

bool containsIgnoringCase(std::string_view text, std::string_view word) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
    std::size_t i = 0;
    while (i < word.size() && lower(text[at + i]) == word[i]) ++i;
    if (i == word.size()) return true;
  }
  return false;
}

/// llama.cpp calls several of transformers' types "llama".
GgufArchitecture refineLlama(const GgufFile& file, GgufArchitecture row) {
  const GgufValue* experts = file.value("llama.expert_count");
  if (experts && experts->integer() > 0) {
    row.modelType = "mixtral";
    row.className = "MixtralForCausalLM";
    row.own = kMixtral;
    return row;
  }
  const GgufValue* name = file.value("general.name");
  if (name && containsIgnoringCase(name->string(), "mistral")) {
    row.modelType = "mistral";
    row.className = "MistralForCausalLM";
  }
  return row;
}

}  // namespace

GgufArchitecture ggufArchitecture(const GgufFile& file) {
  const std::string_view wanted = file.require("general.architecture").string();
  std::string known;
  for (const GgufArchitecture& row : kArchitectures) {
    if (row.name == wanted) return wanted == "llama" ? refineLlama(file, row) : row;
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  throw Error(ErrorKind::kUnsupported,
              "{} is not an architecture that can be run, expected one of {}", quoted(wanted),
              known)
      .in("\"general.architecture\"");
}

}  // namespace orrery::checkpoint
