#include "core/models/text/t5_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::text {

T5Config T5Config::read(const JsonField& config) {
  // A part of another model's config leaves out what is as transformers has it.
  T5Config c;
  c.hidden = positiveSizeOr(config, "d_model", 512);
  c.headDim = positiveSizeOr(config, "d_kv", 64, kMaxHeadDim);
  c.heads = positiveSizeOr(config, "num_heads", 8);
  c.ffn = positiveSizeOr(config, "d_ff", 2048);
  c.vocab = positiveSizeOr(config, "vocab_size", 32128);
  c.encoderLayers = positiveSizeOr(config, "num_layers", 6, kMaxLayers);
  c.decoderLayers = positiveSizeOr(config, "num_decoder_layers", c.encoderLayers, kMaxLayers);
  c.buckets = config.get("relative_attention_num_buckets", std::int64_t{32});
  c.maxDistance = config.get("relative_attention_max_distance", std::int64_t{128});
  c.normEps = config.get("layer_norm_epsilon", 1e-6);
  // "gated-gelu" names both the gate and the function; its GELU is the tanh form.
  const auto form = config.get<std::string>("feed_forward_proj", "relu");
  c.gated = form.starts_with("gated-");
  c.activation = c.gated ? form.substr(6) : form;
  if (form == "gated-gelu") c.activation = "gelu_new";
  c.activation = config.get("dense_act_fn", c.activation);
  c.gated = config.get("is_gated_act", c.gated);
  // Files say "not tied" for a head of its own, which then takes unscaled outputs.
  c.scaleOutputs = config.get("scale_decoder_outputs", config.get("tie_word_embeddings", true));
  c.startToken = config.get("decoder_start_token_id", config.get("pad_token_id", std::int64_t{0}));
  c.eosToken = config.get("eos_token_id", std::int64_t{1});
  c.labels = labelCount(config);
  return c;
}

std::vector<std::string> t5Types() {
  return {"t5"};
}

}  // namespace orrery::models::text
