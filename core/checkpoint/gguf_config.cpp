#include "core/checkpoint/gguf_config.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/checkpoint/gguf_rope.h"

namespace orrery::checkpoint {
namespace {

enum class Kind { kInteger, kNumber };

/// A metadata key (after "<architecture>.") and the field of config.json it becomes. A field may
/// have several keys: the first one that is there counts.
struct Field {
  std::string_view key;
  std::string_view field;
  Kind kind = Kind::kInteger;
};

constexpr Field kDecoderFields[] = {
    {"context_length", "max_position_embeddings"},
    {"block_count", "num_hidden_layers"},
    {"feed_forward_length", "intermediate_size"},
    {"embedding_length", "hidden_size"},
    {"rope.freq_base", "rope_theta", Kind::kNumber},
    {"attention.head_count", "num_attention_heads"},
    {"attention.head_count_kv", "num_key_value_heads"},
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", Kind::kNumber},
    {"attention.layer_norm_epsilon", "layer_norm_eps", Kind::kNumber},
    {"attention.key_length", "head_dim"},
    {"expert_used_count", "num_experts_per_tok"},
    {"expert_feed_forward_length", "moe_intermediate_size"},
    {"expert_shared_feed_forward_length", "shared_expert_intermediate_size"},
    {"attention.sliding_window", "sliding_window"},
    {"attn_logit_softcapping", "attn_logit_softcapping", Kind::kNumber},
    {"final_logit_softcapping", "final_logit_softcapping", Kind::kNumber},
};
constexpr Field kGraniteFields[] = {
    {"embedding_scale", "embedding_multiplier", Kind::kNumber},
    {"attention.scale", "attention_multiplier", Kind::kNumber},
    {"residual_scale", "residual_multiplier", Kind::kNumber},
    {"logit_scale", "logits_scaling", Kind::kNumber},
};
constexpr Field kCohereFields[] = {{"logit_scale", "logit_scale", Kind::kNumber}};
constexpr Field kGpt2Fields[] = {
    {"block_count", "n_layer"},
    {"context_length", "n_ctx"},
    {"context_length", "n_positions"},
    {"embedding_length", "n_embd"},
    {"feed_forward_length", "n_inner"},
    {"attention.head_count", "n_head"},
    {"attention.layer_norm_epsilon", "layer_norm_epsilon", Kind::kNumber},
};
constexpr Field kT5Fields[] = {
    {"context_length", "n_positions"},
    {"block_count", "num_layers"},
    {"decoder_block_count", "num_decoder_layers"},
    {"feed_forward_length", "d_ff"},
    {"embedding_length", "d_model"},
    {"attention.key_length", "d_kv"},
    {"attention.head_count", "num_heads"},
    {"attention.layer_norm_rms_epsilon", "layer_norm_epsilon", Kind::kNumber},
    {"attention.layer_norm_epsilon", "layer_norm_epsilon", Kind::kNumber},
    {"attention.relative_buckets_count", "relative_attention_num_buckets"},
    {"decoder_start_token_id", "decoder_start_token_id"},
};

/// Builds the configuration of one file.
class ConfigBuilder {
 public:
  ConfigBuilder(const GgufFile& file, const GgufArchitecture& architecture)
      : file_(file), architecture_(architecture) {}

  Json build() {
    const std::string_view type = architecture_.modelType;
    config_["model_type"] = type;
    config_["architectures"] = {architecture_.className};
    config_["tie_word_embeddings"] = !has("output.weight");
    addVocabulary();
    if (type == "gpt2")
      addGpt2();
    else if (type == "t5")
      addT5();
    else
      addDecoder(type);
    return std::move(config_);
  }

 private:
  const GgufValue* value(std::string_view key) const {
    return file_.value(std::string(architecture_.name) + "." + std::string(key));
  }
  bool has(std::string_view tensor) const { return file_.find(tensor).has_value(); }
  std::int64_t integer(std::string_view field) const {
    return JsonField(config_, file_.description()).require<std::int64_t>(field);
  }

  void addFields(std::span<const Field> fields) {
    for (const Field& row : fields) {
      const GgufValue* found = value(row.key);
      const std::string field(row.field);
      if (!found || config_.contains(field)) continue;
      if (row.kind == Kind::kNumber)
        config_[field] = found->number();
      else
        config_[field] = sameInEveryLayer(row, *found);
    }
  }

  /// Some writers give a list with a number for each layer.
  std::int64_t sameInEveryLayer(const Field& row, const GgufValue& found) const {
    const auto values = found.integers();
    if (values.empty() || std::count(values.begin(), values.end(), values[0]) !=
                              static_cast<std::ptrdiff_t>(values.size()))
      throw Error(ErrorKind::kUnsupported, "differs between layers, expected one number for all")
          .in(quoted(std::string(architecture_.name) + "." + std::string(row.key)));
    return values[0];
  }

  void addVocabulary() {
    const auto embedding = file_.find("token_embd.weight");
    if (!embedding || embedding->shape.size() != 2)
      throw Error(ErrorKind::kInvalidInput, "is missing or no matrix")
          .in("tensor \"token_embd.weight\"");
    config_["vocab_size"] = embedding->shape[0];
    addTokenId("tokenizer.ggml.bos_token_id", "bos_token_id");
    addTokenId("tokenizer.ggml.eos_token_id", "eos_token_id");
    addTokenId("tokenizer.ggml.padding_token_id", "pad_token_id");
  }

  void addTokenId(std::string_view key, const char* field) {
    if (const GgufValue* found = file_.value(key)) config_[field] = found->integer();
  }

  void addGpt2() {
    addFields(kGpt2Fields);
    config_["activation_function"] = "gelu_new";
  }

  void addT5() {
    addFields(kT5Fields);
    const bool gated = has("enc.blk.0.ffn_gate.weight");
    config_["is_encoder_decoder"] = architecture_.name == "t5";
    config_["feed_forward_proj"] = gated ? "gated-gelu" : "relu";
    if (!config_.contains("num_decoder_layers"))
      config_["num_decoder_layers"] = integer("num_layers");
  }

  void addDecoder(std::string_view type) {
    addFields(kDecoderFields);
    if (type == "granite") addFields(kGraniteFields);
    if (type == "cohere") addCohere();
    if (type == "bert") return addBert();
    if (type == "gpt_neox") return addGptNeox();
    if (type == "mixtral" || type == "gpt_oss" || type.ends_with("_moe")) addExperts(type);
    if (type.starts_with("gemma")) addGemma(type);
    if (type == "phi3" || type == "glm4") addPartialRotary();
    if (type == "glm4" || type == "llama" || type == "granite" || type == "gpt_oss")
      config_["attention_bias"] = has("blk.0.attn_q.bias");
    if (type == "llama") config_["mlp_bias"] = has("blk.0.ffn_up.bias");
    addHeadDim();
    if (const Json rope = ggufRopeScaling(file_, architecture_, config_); !rope.is_null())
      config_["rope_scaling"] = rope;
  }

  /// Models whose heads are not hidden / heads wide say so; llama by the rotary dimensions.
  void addHeadDim() {
    if (config_.contains("head_dim")) return;
    const bool wholeHead = architecture_.name == "llama" || architecture_.name == "smollm3";
    const GgufValue* rotary = value("rope.dimension_count");
    if (rotary && wholeHead) config_["head_dim"] = rotary->integer();
  }

  void addPartialRotary() {
    const GgufValue* rotary = value("rope.dimension_count");
    if (!rotary) return;
    config_["partial_rotary_factor"] =
        static_cast<double>(rotary->integer()) / static_cast<double>(headDim());
    if (const GgufValue* original = value("rope.scaling.original_context_length"))
      config_["original_max_position_embeddings"] = original->integer();
  }

  /// At least 1: a file that says otherwise is refused when its model is built.
  std::int64_t heads() const { return std::max<std::int64_t>(1, integer("num_attention_heads")); }

  std::int64_t headDim() const {
    const std::int64_t dim =
        config_.contains("head_dim") ? integer("head_dim") : integer("hidden_size") / heads();
    return std::max<std::int64_t>(1, dim);
  }

  void addExperts(std::string_view type) {
    const bool local = type == "mixtral" || type == "gpt_oss";
    addFields(std::array{Field{"expert_count", local ? "num_local_experts" : "num_experts"}});
    const auto gate = file_.find("blk.0.ffn_gate_exps.weight");
    if (gate && gate->shape.size() == 3)
      config_[local ? "intermediate_size" : "moe_intermediate_size"] = gate->shape[1];
    if (type == "qwen3_moe") config_["norm_topk_prob"] = true;
    if (type != "qwen2_moe") return;
    const auto shared = file_.find("blk.0.ffn_gate_shexp.weight");
    if (shared && shared->shape.size() == 2)
      config_["shared_expert_intermediate_size"] = shared->shape[0];
  }

  void addGemma(std::string_view type) {
    config_[type == "gemma" ? "hidden_act" : "hidden_activation"] = "gelu_pytorch_tanh";
    // The two largest models do not scale queries by the size of a head; files do not say so.
    const std::int64_t layers = integer("num_hidden_layers");
    if ((type == "gemma2" && layers == 46) || (type == "gemma3_text" && layers == 62))
      config_["query_pre_attn_scalar"] = integer("hidden_size") / heads();
  }

  void addCohere() {
    addFields(kCohereFields);
    config_["use_qk_norm"] = has("blk.0.attn_q_norm.weight");
  }

  void addBert() {
    config_["hidden_act"] = "gelu";
    if (const auto types = file_.find("token_types.weight"); types && !types->shape.empty())
      config_["type_vocab_size"] = types->shape[0];
  }

  void addGptNeox() {
    if (const GgufValue* rotary = value("rope.dimension_count"))
      config_["rotary_pct"] =
          static_cast<double>(rotary->integer()) / static_cast<double>(headDim());
    if (const GgufValue* parallel = value("use_parallel_residual"))
      config_["use_parallel_residual"] = parallel->boolean();
    if (config_.contains("rope_theta")) config_["rotary_emb_base"] = config_["rope_theta"];
    config_["tie_word_embeddings"] = !has("output.weight");
  }

  const GgufFile& file_;
  const GgufArchitecture& architecture_;
  Json config_ = Json::object();
};

}  // namespace

Json ggufConfig(const GgufFile& file, const GgufArchitecture& architecture) {
  return ConfigBuilder(file, architecture).build();
}

Json ggufGenerationConfig(const GgufFile& file) {
  Json result = Json::object();
  const auto id = [&](std::string_view key) -> Json {
    const GgufValue* found = file.value(key);
    return found ? Json(found->integer()) : Json();
  };
  Json ends = Json::array();
  for (const auto key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id",
                         "tokenizer.ggml.eom_token_id"}) {
    const Json end = id(key);
    if (!end.is_null() && std::find(ends.begin(), ends.end(), end) == ends.end())
      ends.push_back(end);
  }
  if (const Json bos = id("tokenizer.ggml.bos_token_id"); !bos.is_null())
    result["bos_token_id"] = bos;
  if (!ends.empty()) result["eos_token_id"] = ends.size() == 1 ? ends[0] : ends;
  if (const Json pad = id("tokenizer.ggml.padding_token_id"); !pad.is_null())
    result["pad_token_id"] = pad;
  return result;
}

}  // namespace orrery::checkpoint
