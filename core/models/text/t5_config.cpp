#include "core/models/text/t5_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::text {

T5Config T5Config::read(const JsonField& config) {
  T5Config c;
  c.hidden = positiveSize(config, "d_model");
  c.headDim = positiveSize(config, "d_kv", kMaxHeadDim);
  c.heads = positiveSize(config, "num_heads");
  c.ffn = positiveSize(config, "d_ff");
  c.vocab = positiveSize(config, "vocab_size");
  c.encoderLayers = positiveSize(config, "num_layers", kMaxLayers);
  c.decoderLayers = config.has("num_decoder_layers")
                        ? positiveSize(config, "num_decoder_layers", kMaxLayers)
                        : c.encoderLayers;
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
