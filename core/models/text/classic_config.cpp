#include "core/models/text/classic_config.h"

#include <cmath>
#include <map>

#include "core/models/config_fields.h"
#include "core/models/rope_parameters.h"

namespace orrery::models::text {
namespace {

constexpr ClassicNames kGpt2{"transformer",  "wte",   "wpe",         "h",          "ln_1",
                             "attn.c_attn",  nullptr, "attn.c_proj", "ln_2",       "mlp.c_fc",
                             "mlp.c_proj",   "ln_f",  "lm_head",     "classifier", "crossattention",
                             "ln_cross_attn"};
constexpr ClassicNames kGptNeox{"gpt_neox",
                                "embed_in",
                                nullptr,
                                "layers",
                                "input_layernorm",
                                "attention.query_key_value",
                                nullptr,
                                "attention.dense",
                                "post_attention_layernorm",
                                "mlp.dense_h_to_4h",
                                "mlp.dense_4h_to_h",
                                "final_layer_norm",
                                "embed_out",
                                "classifier"};
constexpr ClassicNames kOpt{"model.decoder",
                            "embed_tokens",
                            "embed_positions",
                            "layers",
                            "self_attn_layer_norm",
                            nullptr,
                            "self_attn",
                            "self_attn.out_proj",
                            "final_layer_norm",
                            "fc1",
                            "fc2",
                            "final_layer_norm",
                            "lm_head",
                            "score"};
constexpr ClassicNames kTrocr{"model.decoder",
                              "embed_tokens",
                              "embed_positions",
                              "layers",
                              "self_attn_layer_norm",
                              nullptr,
                              "self_attn",
                              "self_attn.out_proj",
                              "final_layer_norm",
                              "fc1",
                              "fc2",
                              nullptr,
                              "output_projection",
                              "score",
                              "encoder_attn",
                              "encoder_attn_layer_norm"};

void gpt2(ClassicConfig& c, const JsonField& config) {
  c.names = kGpt2;
  c.vocab = positiveSize(config, "vocab_size");
  c.hidden = positiveSize(config, "n_embd");
  c.heads = positiveSize(config, "n_head");
  c.layers = positiveSize(config, "n_layer", kMaxLayers);
  c.ffn = config.get("n_inner", 4 * c.hidden);
  c.maxPositions = positiveSize(config, "n_positions");
  c.normEps = config.get("layer_norm_epsilon", 1e-5);
  c.activation = config.get<std::string>("activation_function", "gelu_new");
  c.fused = ClassicConfig::Fused::kThirds;
  c.conv1d = true;
  c.scaleByHeadDim = config.get("scale_attn_weights", true);
  c.scaleByLayer = config.get("scale_attn_by_inverse_layer_idx", false);
  c.crossHidden = config.get("add_cross_attention", false) ? c.hidden : 0;
  c.tied = config.get("tie_word_embeddings", true);
}

void gptNeox(ClassicConfig& c, const JsonField& config) {
  c.names = kGptNeox;
  c.vocab = positiveSize(config, "vocab_size");
  c.hidden = positiveSize(config, "hidden_size");
  c.heads = positiveSize(config, "num_attention_heads");
  c.layers = positiveSize(config, "num_hidden_layers", kMaxLayers);
  c.ffn = positiveSize(config, "intermediate_size");
  c.maxPositions = positiveSize(config, "max_position_embeddings");
  c.normEps = config.get("layer_norm_eps", 1e-5);
  c.activation = config.get<std::string>("hidden_act", "gelu");
  c.fused = ClassicConfig::Fused::kPerHead;
  c.bias = config.get("attention_bias", true);
  c.parallel = config.get("use_parallel_residual", true);
  c.ropeParameters = ropeParameters(config, {}, config.get("rotary_emb_base", 10000.0));
  if (!c.ropeParameters->contains("partial_rotary_factor"))
    (*c.ropeParameters)["partial_rotary_factor"] = config.get("rotary_pct", 0.25);
  c.tied = config.get("tie_word_embeddings", false);
}

/// A part of another model's config leaves out what is as transformers has it: the defaults count.
void opt(ClassicConfig& c, const JsonField& config) {
  c.names = kOpt;
  c.vocab = positiveSizeOr(config, "vocab_size", 50272);
  c.hidden = positiveSizeOr(config, "hidden_size", 768);
  c.heads = positiveSizeOr(config, "num_attention_heads", 12);
  c.layers = positiveSizeOr(config, "num_hidden_layers", 12, kMaxLayers);
  c.ffn = positiveSizeOr(config, "ffn_dim", 3072);
  c.maxPositions = positiveSizeOr(config, "max_position_embeddings", 2048);
  c.embeddingDim = config.get("word_embed_proj_dim", c.hidden);
  c.activation = config.get<std::string>("activation_function", "relu");
  c.bias = config.get("enable_bias", true);
  c.normBefore = config.get("do_layer_norm_before", true);
  c.finalNorm = c.normBefore && !config.get("_remove_final_layer_norm", false);
  c.positionOffset = 2;
  c.positionsFromMask = true;
  c.tied = config.get("tie_word_embeddings", true);
}

void trocr(ClassicConfig& c, const JsonField& config) {
  c.names = kTrocr;
  c.vocab = positiveSizeOr(config, "vocab_size", 50265);
  c.hidden = positiveSizeOr(config, "d_model", 1024);
  c.heads = positiveSizeOr(config, "decoder_attention_heads", 16);
  c.layers = positiveSizeOr(config, "decoder_layers", 12, kMaxLayers);
  c.ffn = positiveSizeOr(config, "decoder_ffn_dim", 4096);
  c.maxPositions = positiveSizeOr(config, "max_position_embeddings", 512);
  c.activation = config.get<std::string>("activation_function", "gelu");
  c.normBefore = c.finalNorm = false;
  c.crossHidden = positiveSizeOr(config, "cross_attention_hidden_size", c.hidden);
  c.embeddingNorm = config.get("layernorm_embedding", true);
  if (config.get("scale_embedding", false)) c.embeddingScale = std::sqrt(c.hidden);
  c.sinusoids = !config.get("use_learned_position_embeddings", true);
  if (c.sinusoids) c.names.positions = nullptr;
  if (c.sinusoids && c.hidden < 4)
    throw config["d_model"].error(
        fmt::format("waves for positions need at least 4, found {}", c.hidden));
  c.positionOffset = 2;
  if (!c.padToken) c.padToken = 1;
  c.tied = config.get("tie_word_embeddings", true);
}

using Reader = void (*)(ClassicConfig&, const JsonField&);
const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> table{
      {"gpt2", gpt2}, {"gpt_neox", gptNeox}, {"opt", opt}, {"trocr", trocr}};
  return table;
}

}  // namespace

ClassicConfig ClassicConfig::read(const JsonField& config) {
  ClassicConfig c;
  c.modelType = config.require<std::string>("model_type");
  if (const auto pad = config.find("pad_token_id")) c.padToken = pad->as<std::int64_t>();
  c.labels = labelCount(config);
  readers().at(c.modelType)(c, config);
  if (c.embeddingDim == 0) c.embeddingDim = c.hidden;
  if (c.hidden % c.heads != 0)
    throw config.error(
        fmt::format("the hidden size {} is not a multiple of the {} heads", c.hidden, c.heads));
  return c;
}

std::vector<std::string> classicTypes() {
  std::vector<std::string> result;
  for (const auto& [name, reader] : readers()) result.push_back(name);
  return result;
}

}  // namespace orrery::models::text
