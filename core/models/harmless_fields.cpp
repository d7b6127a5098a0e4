#include "core/models/harmless_fields.h"

#include <algorithm>

namespace orrery::models {
namespace {

/// Fields without effect whatever they hold: notes on the file, training, the library's own
/// switches.
constexpr std::string_view kNotes[] = {
    "_commit_hash",
    "_from_model_config",
    "_model_name_or_path",
    "_name_or_path",
    "auto_map",
    "dtype",
    "finetuning_task",
    "id2label",
    "is_encoder_decoder",
    "label2id",
    "license",
    "max_sequence_length",
    "model_max_length",
    "name",
    "problem_type",
    "task_specific_params",
    "tokenizer_class",
    "torch_dtype",
    "transformers.js_config",
    "transformers_version",
    "unsloth_version",
    // training
    "activation_dropout",
    "attention_dropout",
    "attention_probs_dropout_prob",
    "attn_dropout",
    "attn_pdrop",
    "aux_loss_alpha",
    "classifier_dropout",
    "classifier_dropout_prob",
    "dropout",
    "dropout_rate",
    "embd_pdrop",
    "embedding_dropout",
    "gradient_checkpointing",
    "hidden_dropout",
    "hidden_dropout_prob",
    "init_std",
    "initializer_factor",
    "initializer_range",
    "layerdrop",
    "output_router_logits",
    "qa_dropout",
    "resid_pdrop",
    "router_aux_loss_coef",
    "router_jitter_noise",
    "seq_classif_dropout",
    "sinusoidal_pos_embds",
    "summary_first_dropout",
    "summary_last_dropout",
    "use_bfloat16",
    // how the library runs: caches, forms of outputs, ways to compute the same
    "_attn_implementation_autoset",
    "cache_implementation",
    "chunk_size_feed_forward",
    "gguf",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "pretraining_tp",
    "reorder_and_upcast_attn",
    "return_dict",
    "torchscript",
    "use_cache",
    // special tokens and lengths that only the tokenizer or generation look at
    "bos_token_id",
    "decoder_start_token_id",
    "eos_token_id",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "pad_token_id",
    "sep_token_id",
    "unk_token_id",
    "cls_token_id",
    "mask_token_id",
    "n_ctx",
    // heads that this build does not have, named by their own class
    "summary_activation",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
    // which modules the packed checkpoint left out shows in its tensors
    "quantization_config.modules_to_not_convert",
};

/// Fields of older files that another one replaces.
struct Replaced {
  std::string_view name, by;
};
constexpr Replaced kReplaced[] = {
    {"_sliding_window_pattern", "layer_types"},  {"sliding_window_pattern", "layer_types"},
    {"max_window_layers", "layer_types"},        {"partial_rotary_factor", "rope_parameters"},
    {"rope_local_base_freq", "rope_parameters"}, {"rope_scaling", "rope_parameters"},
    {"rope_theta", "rope_parameters"},
};

/// Fields without effect as long as they hold this value.
struct Neutral {
  std::string_view name;
  Json value;
};

const std::vector<Neutral>& neutralFields() {
  static const std::vector<Neutral> table = {
      {"add_cross_attention", false},
      {"cross_attention_hidden_size", nullptr},
      {"is_decoder", false},

      {"layer_norm_elementwise_affine", true},
      {"mlp_bias", false},
      {"position_embedding_type", "absolute"},
      {"pruned_heads", Json::object()},
      {"rope_interleaved", false},
      {"tie_encoder_decoder", false},
      {"use_bidirectional_attention", false},
  };
  return table;
}

}  // namespace

bool isHarmless(const Json& config, std::string_view field) {
  if (std::find(std::begin(kNotes), std::end(kNotes), field) != std::end(kNotes)) return true;
  const auto value = config.find(std::string(field));
  if (value == config.end()) return false;
  // A field that is null says nothing.
  if (value->is_null()) return true;
  for (const Replaced& row : kReplaced)
    if (row.name == field && config.contains(row.by)) return true;
  return std::any_of(neutralFields().begin(), neutralFields().end(), [&](const Neutral& neutral) {
    return neutral.name == field && neutral.value == *value;
  });
}

}  // namespace orrery::models
