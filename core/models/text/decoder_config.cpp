#include "core/models/text/decoder_config.h"

#include <cmath>
#include <map>

#include "core/models/config_fields.h"
#include "core/models/rope_parameters.h"
#include "core/models/text/decoder_defaults.h"

namespace orrery::models::text {
namespace {

using Switch = void (*)(DecoderConfig&, const JsonField&);

void gemma(DecoderConfig& c, const JsonField& config) {
  c.normOffset = 1;
  c.embeddingScale = std::sqrt(static_cast<double>(c.hidden));
  // The first Gemma has hidden_act, the later ones hidden_activation.
  c.activation = config.get<std::string>(
      c.modelType == "gemma" ? "hidden_act" : "hidden_activation", "gelu_pytorch_tanh");
  // Released Gemma files say "gelu" and mean the form with tanh.
  if (c.modelType == "gemma" && c.activation == "gelu") c.activation = "gelu_pytorch_tanh";
  c.tied = config.get("tie_word_embeddings", true);
}

void gemma2(DecoderConfig& c, const JsonField& config) {
  gemma(c, config);
  c.normPlace = NormPlace::kAround;
  c.attentionScale = 1 / std::sqrt(config.get("query_pre_attn_scalar", 256.0));
  c.attentionSoftcap = config.get("attn_logit_softcapping", c.modelType == "gemma2" ? 50.0 : 0.0);
  c.logitSoftcap = config.get("final_logit_softcapping", c.modelType == "gemma2" ? 30.0 : 0.0);
  // A null in the file means none; only an absent field has the default.
  const Json& json = config.json();
  if (json.contains("attn_logit_softcapping") && json["attn_logit_softcapping"].is_null())
    c.attentionSoftcap = 0;
  if (json.contains("final_logit_softcapping") && json["final_logit_softcapping"].is_null())
    c.logitSoftcap = 0;
  c.bothWays = config.get("use_bidirectional_attention", false);
}

void gemma3(DecoderConfig& c, const JsonField& config) {
  gemma2(c, config);
  c.qkNorm = QkNorm::kHead;
}

void cohere(DecoderConfig& c, const JsonField& config) {
  c.layerNorm = true;
  c.normEps = config.get("layer_norm_eps", 1e-5);
  c.normPlace = NormPlace::kParallel;
  c.neighbourRotary = true;
  c.qkNorm = config.get("use_qk_norm", false) ? QkNorm::kLayerNorm : QkNorm::kNone;
  c.logitScale = config.get("logit_scale", 0.0625);
  c.tied = config.get("tie_word_embeddings", true);
}

void glm4(DecoderConfig& c, const JsonField&) {
  c.normPlace = NormPlace::kAround;
  c.neighbourRotary = true;
  c.fusedGateUp = true;
  c.outBias = false;
}

void granite(DecoderConfig& c, const JsonField& config) {
  c.attentionScale = config.get("attention_multiplier", 1.0);
  c.inputScale = config.get("embedding_multiplier", 1.0);
  c.residualScale = config.get("residual_multiplier", 1.0);
  c.logitScale = 1 / config.get("logits_scaling", 1.0);
}

void olmo2(DecoderConfig& c, const JsonField&) {
  c.normPlace = NormPlace::kAfter;
  c.qkNorm = QkNorm::kWhole;
}

void phi3(DecoderConfig& c, const JsonField&) {
  c.fusedQkv = c.fusedGateUp = true;
}

void qwen2(DecoderConfig& c, const JsonField&) {
  c.qkvBias = true;
  c.outBias = false;
}

/// Each kind of position (time, row, column) turns a share of a head.
void qwen2Vl(DecoderConfig& c, const JsonField& config) {
  qwen2(c, config);
  c.sectioned = true;
}

void qwen3(DecoderConfig& c, const JsonField&) {
  c.qkNorm = QkNorm::kHead;
}

void smollm3(DecoderConfig& c, const JsonField& config) {
  c.tied = config.get("tie_word_embeddings", true);
  const std::int64_t interval = positiveSizeOr(config, "no_rope_layer_interval", 4);
  const auto listed = config.get("no_rope_layers", std::vector<int>{});
  for (std::int64_t i = 0; i < c.layers; ++i)
    c.rotaryLayers[static_cast<std::size_t>(i)] = i < static_cast<std::int64_t>(listed.size())
                                                      ? listed[static_cast<std::size_t>(i)] != 0
                                                      : (i + 1) % interval != 0;
}

MoeConfig moe(const DecoderConfig& c, const JsonField& config) {
  MoeConfig result{.style = c.modelType};
  result.experts = config.has("num_local_experts")
                       ? config.require<std::int64_t>("num_local_experts")
                       : config.require<std::int64_t>("num_experts");
  result.chosen = config.require<std::int64_t>("num_experts_per_tok");
  if (result.chosen < 1 || result.chosen > result.experts)
    throw config["num_experts_per_tok"].error(
        fmt::format("expected 1 to {} experts, found {}", result.experts, result.chosen));
  // Mixtral and gpt-oss have one width for all feed-forward parts.
  result.ffn = c.modelType.starts_with("qwen") ? config.get("moe_intermediate_size", c.ffn) : c.ffn;
  return result;
}

void mixtral(DecoderConfig& c, const JsonField& config) {
  c.moe = moe(c, config);
  c.moe->normalizeChosen = true;
}

void gptOss(DecoderConfig& c, const JsonField& config) {
  c.moe = moe(c, config);
  c.qkvBias = c.outBias = config.get("attention_bias", true);
  c.sinks = true;
}

void qwenMoe(DecoderConfig& c, const JsonField& config) {
  c.moe = moe(c, config);
  c.moe->normalizeChosen = config.get("norm_topk_prob", false);
  const auto dense = config.get("mlp_only_layers", std::vector<std::int64_t>{});
  const std::int64_t stride = positiveSizeOr(config, "decoder_sparse_step", 1);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const bool listed = std::find(dense.begin(), dense.end(), i) != dense.end();
    c.moeLayers[static_cast<std::size_t>(i)] = !listed && (i + 1) % stride == 0;
  }
}

void qwen2Moe(DecoderConfig& c, const JsonField& config) {
  qwenMoe(c, config);
  c.qkvBias = config.get("qkv_bias", true);
  c.outBias = false;
  c.moe->sharedFfn = config.get("shared_expert_intermediate_size", std::int64_t{5632});
}

void qwen3Moe(DecoderConfig& c, const JsonField& config) {
  qwenMoe(c, config);
  c.qkNorm = QkNorm::kHead;
}

/// How the type's older files, which list no layer_types, lay out their windows.
enum class WindowRule { kAll, kNone, kEven, kFiveOfSix, kAboveMaxWindowLayers, kWithoutRotary };

struct Family {
  Switch apply;  ///< null: Llama's structure as it is
  WindowRule windows;
  double theta = 10000;
};

const std::map<std::string, Family>& families() {
  static const std::map<std::string, Family> table{
      {"cohere", {cohere, WindowRule::kNone, 500000}},
      {"gemma", {gemma, WindowRule::kNone}},
      {"gemma2", {gemma2, WindowRule::kEven}},
      {"gemma3_text", {gemma3, WindowRule::kFiveOfSix, 1000000}},
      {"glm4", {glm4, WindowRule::kNone}},
      {"gpt_oss", {gptOss, WindowRule::kEven, 150000}},
      {"granite", {granite, WindowRule::kNone}},
      {"llama", {nullptr, WindowRule::kNone}},
      {"mistral", {nullptr, WindowRule::kAll}},
      {"mixtral", {mixtral, WindowRule::kAll, 1000000}},
      {"olmo2", {olmo2, WindowRule::kNone}},
      {"phi3", {phi3, WindowRule::kAll}},
      {"qwen2", {qwen2, WindowRule::kAboveMaxWindowLayers}},
      {"qwen2_moe", {qwen2Moe, WindowRule::kAboveMaxWindowLayers}},
      {"qwen2_vl_text", {qwen2Vl, WindowRule::kAboveMaxWindowLayers, 1000000}},
      {"qwen3", {qwen3, WindowRule::kAboveMaxWindowLayers}},
      {"qwen3_moe", {qwen3Moe, WindowRule::kAll}},
      {"smollm3", {smollm3, WindowRule::kWithoutRotary, 2000000}},
  };
  return table;
}

bool slides(WindowRule rule, std::int64_t layer, const DecoderConfig& c, const JsonField& config) {
  switch (rule) {
    case WindowRule::kAll:
      return true;
    case WindowRule::kNone:
      return false;
    case WindowRule::kEven:
      return layer % 2 == 0;
    case WindowRule::kFiveOfSix: {
      const std::int64_t pattern = positiveSizeOr(
          config, "sliding_window_pattern", positiveSizeOr(config, "_sliding_window_pattern", 6));
      return (layer + 1) % pattern != 0;
    }
    case WindowRule::kAboveMaxWindowLayers:
      return layer >= config.get("max_window_layers", c.layers);
    case WindowRule::kWithoutRotary:
      return !c.rotaryLayers[static_cast<std::size_t>(layer)];
  }
  return false;
}

std::vector<std::string> layerTypes(WindowRule rule, const DecoderConfig& c,
                                    const JsonField& config) {
  auto types = config.get("layer_types", std::vector<std::string>{});
  if (!types.empty() && static_cast<std::int64_t>(types.size()) < c.layers)
    throw config["layer_types"].error(
        fmt::format("expected {} entries, found {}", c.layers, types.size()));
  for (const auto& type : types)
    if (type != "sliding_attention" && type != "full_attention")
      throw config["layer_types"].error("expected sliding_attention or full_attention, found " +
                                        quoted(type));
  for (std::int64_t i = static_cast<std::int64_t>(types.size()); i < c.layers; ++i)
    types.push_back(slides(rule, i, c, config) ? "sliding_attention" : "full_attention");
  return types;
}

void readWindows(DecoderConfig& c, const JsonField& config, const std::vector<std::string>& types,
                 std::int64_t otherwise) {
  // Qwen and SmolLM3 keep the width in the file when the window is off.
  const bool used = config.get("use_sliding_window",
                               !c.modelType.starts_with("qwen") && c.modelType != "smollm3");
  // A null in the file means none.
  const auto stated =
      config.get("sliding_window", config.json().contains("sliding_window") ? 0 : otherwise);
  const std::int64_t width = used ? stated : 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(c.layers); ++i)
    c.windows.push_back(types[i] == "sliding_attention" ? width : 0);
}

void readRotary(DecoderConfig& c, const JsonField& config, const std::vector<std::string>& types,
                double theta) {
  c.ropeParameters.push_back(ropeParameters(config, "full_attention", theta));
  if (c.modelType == "gemma3_text") {
    Json local = ropeParameters(config, "sliding_attention", 10000);
    if (!config.has("rope_parameters"))  // older files: the local layers are never scaled
      local = {{"rope_type", "default"},
               {"rope_theta", config.get("rope_local_base_freq", 10000.0)}};
    c.ropeParameters.push_back(std::move(local));
  }
  if (c.sectioned) {
    for (const char* key : {"rope_parameters", "rope_scaling"})
      if (config.has(key)) config[key].has("mrope_section");  // is read, for a report on the config
    if (!c.ropeParameters[0].contains("mrope_section"))
      c.ropeParameters[0]["mrope_section"] = {16, 24, 24};
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(c.layers); ++i)
    c.ropeOfLayer.push_back(c.ropeParameters.size() > 1 && types[i] == "sliding_attention" ? 1 : 0);
}

/// A size that the file has to state, unless there is a default (above 0).
std::int64_t sizeOr(const JsonField& config, std::string_view key, std::int64_t otherwise,
                    std::int64_t most = std::int64_t{1} << 31) {
  return otherwise > 0 && !config.has(key) ? otherwise : positiveSize(config, key, most);
}

void readSizes(DecoderConfig& c, const JsonField& config, const DecoderDefaults& d) {
  c.hidden = sizeOr(config, "hidden_size", d.hidden);
  c.heads = sizeOr(config, "num_attention_heads", d.heads);
  // Where the file says null, there are as many as heads.
  c.kvHeads = positiveSizeOr(
      config, "num_key_value_heads",
      d.kvHeads > 0 && !config.json().contains("num_key_value_heads") ? d.kvHeads : c.heads);
  if (c.heads % c.kvHeads != 0)
    throw config["num_key_value_heads"].error(
        fmt::format("expected a divisor of the {} heads, found {}", c.heads, c.kvHeads));
  c.headDim =
      sizeOr(config, "head_dim", d.headDim > 0 ? d.headDim : c.hidden / c.heads, kMaxHeadDim);
  c.ffn = sizeOr(config, "intermediate_size", d.ffn);
  c.layers = sizeOr(config, "num_hidden_layers", d.layers, kMaxLayers);
  c.vocab = sizeOr(config, "vocab_size", d.vocab);
  c.maxPositions = config.get("max_position_embeddings", d.maxPositions);
}

DecoderConfig readWith(const JsonField& config, const std::string& modelType,
                       const DecoderDefaults& defaults) {
  DecoderConfig c;
  c.modelType = modelType;
  const Family& family = families().at(c.modelType);
  readSizes(c, config, defaults);
  c.normEps = config.get("rms_norm_eps", defaults.normEps);
  c.activation = config.get<std::string>("hidden_act", "silu");
  c.qkvBias = c.outBias = config.get("attention_bias", false);
  c.mlpBias = config.get("mlp_bias", false);
  c.tied = config.get("tie_word_embeddings", false);
  c.attentionScale = 1 / std::sqrt(static_cast<double>(c.headDim));
  c.rotaryLayers.assign(static_cast<std::size_t>(c.layers), true);
  c.moeLayers.assign(static_cast<std::size_t>(c.layers), true);
  if (const auto pad = config.find("pad_token_id")) c.padToken = pad->as<std::int64_t>();
  c.labels = labelCount(config);
  if (family.apply) family.apply(c, config);
  const auto types = layerTypes(family.windows, c, config);
  readWindows(c, config, types, defaults.window);
  readRotary(c, config, types, family.theta);
  return c;
}

}  // namespace

DecoderConfig DecoderConfig::read(const JsonField& config) {
  DecoderConfig c = readWith(config, config.require<std::string>("model_type"), {});
  if (c.bothWays) throw config["use_bidirectional_attention"].error("true is not supported");
  return c;
}

DecoderConfig DecoderConfig::readPart(const JsonField& config, const std::string& modelType) {
  return readWith(config, modelType, decoderDefaults(modelType));
}

std::vector<std::string> decoderTypes() {
  std::vector<std::string> result;
  for (const auto& [name, family] : families()) result.push_back(name);
  return result;
}

}  // namespace orrery::models::text
