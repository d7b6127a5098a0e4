#include "core/models/harmless_fields.h"

#include <algorithm>
#include <span>

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
    "aspp_dropout_prob",
    "attention_dropout",
    "attention_probs_dropout_prob",
    "attn_dropout",
    "attn_pdrop",
    "aux_loss_alpha",
    "auxiliary_channels",  // a second head, whose scores only the loss looks at
    "auxiliary_concat_input",
    "auxiliary_loss",
    "auxiliary_loss_weight",
    "auxiliary_num_convs",
    "batch_norm_momentum",
    "bbox_cost",
    "bbox_loss_coefficient",
    "box_noise_scale",
    "class_cost",
    "class_weight",
    "classifier_dropout",
    "classifier_dropout_prob",
    "cls_loss_coefficient",
    "contrastive_temperature",
    "contrastive_weight",
    "cross_entropy_weight",
    "decoder_layerdrop",
    "dice_loss_coefficient",
    "dice_weight",
    "drop_connect_rate",
    "drop_path_rate",
    "dropout",
    "dropout_prob",
    "dropout_rate",
    "embd_pdrop",
    "embedding_dropout",
    "encoder_layerdrop",
    "eos_coefficient",
    "focal_alpha",
    "focal_loss_alpha",
    "focal_loss_gamma",
    "freeze_backbone_batch_norms",
    "giou_cost",
    "giou_loss_coefficient",
    "gradient_checkpointing",
    "hidden_dropout",
    "hidden_dropout_prob",
    "ignore_value",
    "importance_sample_ratio",
    "init_std",
    "init_xavier_std",
    "initializer_bias_prior_prob",
    "initializer_factor",
    "initializer_range",
    "is_training",
    "label_noise_ratio",
    "label_smoothing",
    "layerdrop",
    "layerscale_value",
    "logit_scale_init_value",
    "loss_ignore_index",
    "mask_loss_coefficient",
    "mask_weight",
    "matcher_alpha",
    "matcher_bbox_cost",
    "matcher_class_cost",
    "matcher_gamma",
    "matcher_giou_cost",
    "no_object_weight",
    "num_denoising",
    "output_router_logits",
    "oversample_ratio",
    "qa_dropout",
    "resid_pdrop",
    "router_aux_loss_coef",
    "router_jitter_noise",
    "semantic_classifier_dropout",
    "semantic_loss_ignore_index",
    "seq_classif_dropout",
    "sinusoidal_pos_embds",
    "summary_first_dropout",
    "summary_last_dropout",
    "text_encoder_context_length",  // OneFormer reads texts only while it is trained
    "text_encoder_n_ctx",
    "text_encoder_num_layers",
    "text_encoder_proj_layers",
    "text_encoder_vocab_size",
    "text_encoder_width",
    "train_num_points",
    "use_auxiliary_head",
    "use_bfloat16",
    "use_focal_loss",
    "weight_loss_bbox",
    "weight_loss_giou",
    "weight_loss_vfl",
    // how the library runs: caches, forms of outputs, ways to compute the same
    "_attn_implementation_autoset",
    "cache_implementation",
    "chunk_size_feed_forward",
    "disable_custom_kernels",
    "gguf",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "pretraining_tp",
    "reorder_and_upcast_attn",
    "return_dict",
    "return_intermediate",
    "torchscript",
    "use_cache",
    // what other fields decide
    "stage_names",
    // convolutions take pictures of any size; the processor knows the one that is meant
    "image_size",
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
    // timm's notes on a model, which the architecture decides
    "do_pooling",
    "global_pool",
    "label_descriptions",
    "label_names",
    "num_features",
    // heads that this build does not have, named by their own class
    "summary_activation",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
    // which modules the packed checkpoint left out shows in its tensors
    "quantization_config.modules_to_not_convert",
};

/// The same in a part of a configuration: older files repeat there what the whole, or generation's
/// own file, says.
constexpr std::string_view kOfParts[] = {
    "architectures",
    "bad_words_ids",
    "begin_suppress_tokens",
    "diversity_penalty",
    "do_sample",
    "early_stopping",
    "encoder_no_repeat_ngram_size",
    "exponential_decay_length_penalty",
    "length_penalty",
    "max_length",
    "min_length",
    "no_repeat_ngram_size",
    "num_beam_groups",
    "num_beams",
    "num_return_sequences",
    "output_scores",
    "prefix",
    "remove_invalid_values",
    "repetition_penalty",
    "return_dict_in_generate",
    "suppress_tokens",
    "temperature",
    "tf_legacy_loss",
    "top_k",
    "top_p",
    "typical_p",
};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// What files of one model type hold and the reference does not look at, or takes from other
/// fields.
struct OfType {
  std::string_view type, name;
};
constexpr OfType kOfTypes[] = {
    {"deformable_detr", "max_position_embeddings"},
    {"deformable_detr", "tie_word_embeddings"},  // which heads are shared shows in the file
    {"rt_detr", "anchor_image_size"},            // boxes to begin with are laid over each picture
    {"rt_detr", "feat_strides"},
    {"rt_detr", "with_box_refine"},
    {"sam_vision_model", "scale"},
    {"speecht5", "apply_spec_augment"},  // training alone hides frames
    {"speecht5", "feat_proj_dropout"},
    {"speecht5", "guided_attention_loss_num_heads"},
    {"speecht5", "guided_attention_loss_scale"},
    {"speecht5", "guided_attention_loss_sigma"},
    {"speecht5", "mask_feature_length"},
    {"speecht5", "mask_feature_min_masks"},
    {"speecht5", "mask_time_length"},
    {"speecht5", "mask_time_min_masks"},
    {"speecht5", "num_feat_extract_layers"},
    {"speecht5", "positional_dropout"},
    {"speecht5", "speech_decoder_postnet_dropout"},
    {"speecht5", "tie_word_embeddings"},
    {"speecht5", "use_guided_attention_loss"},
    {"vits", "duration_predictor_dropout"},
    {"vits", "posterior_encoder_num_wavenet_layers"},  // only training listens
    {"vits", "sampling_rate"},                         // of the sound that a pipeline hands on
    {"vits", "spectrogram_bins"},
    {"vits", "wavenet_dropout"},
};

/// Fields of older files that another one replaces.
struct Replaced {
  std::string_view name, by;
};
constexpr Replaced kReplaced[] = {
    {"_sliding_window_pattern", "layer_types"},
    {"sliding_window_pattern", "layer_types"},
    {"max_window_layers", "layer_types"},
    {"partial_rotary_factor", "rope_parameters"},
    {"rope_local_base_freq", "rope_parameters"},
    {"rope_scaling", "rope_parameters"},
    {"rope_theta", "rope_parameters"},
    // pyramids: the width and number of stages
    {"hidden_size", "depths"},
    {"num_layers", "depths"},
    {"num_hidden_layers", "num_block_repeats"},
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
      {"dilation", false},
      {"is_decoder", false},

      {"layer_norm_elementwise_affine", true},
      {"mlp_bias", false},
      {"position_embedding_type", "absolute"},
      {"pruned_heads", Json::object()},
      {"rope_interleaved", false},
      {"tie_encoder_decoder", false},
      {"use_bidirectional_attention", false},
      {"use_pretrained_backbone", false},
      {"use_timm_backbone", false},
  };
  return table;
}

}  // namespace

bool isHarmless(const Json& config, std::string_view field) {
  // A part that is a configuration of its own ("text_config.initializer_range").
  const auto dot = field.find('.');
  const std::string part(field.substr(0, dot));
  const bool nested = part.ends_with("_config") || part.ends_with("_config_dict") ||
                      part == "encoder" || part == "decoder";
  if (dot != field.npos && nested && part != "quantization_config" && config.contains(part)) {
    const std::string_view rest = field.substr(dot + 1);
    return contains(kOfParts, rest) || isHarmless(config[part], rest);
  }
  if (contains(kNotes, field)) return true;
  // timm's pretrained_cfg describes the weights and how pictures are prepared.
  if (field.starts_with("pretrained_cfg.")) return true;
  const auto value = config.find(std::string(field));
  if (value == config.end()) return false;
  // A field that is null says nothing.
  if (value->is_null()) return true;
  for (const OfType& row : kOfTypes)
    if (row.name == field && config.value("model_type", Json()) == row.type) return true;
  for (const Replaced& row : kReplaced)
    if (row.name == field && config.contains(row.by)) return true;
  return std::any_of(neutralFields().begin(), neutralFields().end(), [&](const Neutral& neutral) {
    return neutral.name == field && neutral.value == *value;
  });
}

}  // namespace orrery::models
