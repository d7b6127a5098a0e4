// Fields of transformers' GenerationConfig that Orrery does not act on, and those of models with a
// way of generating of their own: one table says for each what becomes of it.

#include <algorithm>

#include "core/generation/generation_fields.h"

namespace orrery::generation {
namespace {

using Kind = OtherField::Kind;

constexpr std::string_view kWhisper = "Whisper's own way of generating";

const std::vector<OtherField>& otherFields() {
  static const std::vector<OtherField> fields = {
      // who wrote the file
      {"transformers_version", Kind::kNoEffect},
      {"_from_model_config", Kind::kNoEffect},
      {"_commit_hash", Kind::kNoEffect},
      // how fast, not what: caches and compilation
      {"use_cache", Kind::kNoEffect},
      {"cache_config", Kind::kNoEffect},
      {"max_cache_len", Kind::kNoEffect},
      {"compile_config", Kind::kNoEffect},
      {"disable_compile", Kind::kNoEffect},
      {"continuous_batching_config", Kind::kNoEffect},
      {"low_memory", Kind::kNoEffect},
      {"prefill_chunk_size", Kind::kNoEffect},
      {"cache_implementation",
       Kind::kRefused,
       {nullptr, "dynamic", "static", "hybrid", "hybrid_chunked", "sliding_window", "offloaded",
        "offloaded_static", "offloaded_hybrid", "offloaded_hybrid_chunked"}},
      // drafting: without effect unless one of the refused ones turns it on
      {"is_assistant", Kind::kNoEffect},
      {"num_assistant_tokens", Kind::kNoEffect},
      {"num_assistant_tokens_schedule", Kind::kNoEffect},
      {"assistant_confidence_threshold", Kind::kNoEffect},
      {"max_matching_ngram_size", Kind::kNoEffect},
      {"assistant_lookbehind", Kind::kNoEffect},
      {"target_lookbehind", Kind::kNoEffect},
      {"assistant_ensemble_weight", Kind::kNoEffect},
      {"prompt_lookup_num_tokens", Kind::kRefused, {nullptr}},
      {"assistant_early_exit", Kind::kRefused, {nullptr}},
      {"speculation_type", Kind::kRefused, {nullptr}},
      {"use_mtp", Kind::kRefused, {nullptr, false}},
      // other strategies and processors
      {"penalty_alpha", Kind::kRefused, {nullptr}},
      {"dola_layers", Kind::kRefused, {nullptr}},
      {"constraints", Kind::kRefused, {nullptr}},
      {"force_words_ids", Kind::kRefused, {nullptr}},
      {"watermarking_config", Kind::kRefused, {nullptr}},
      {"token_healing", Kind::kRefused, {nullptr, false}},
      {"diversity_penalty", Kind::kRefused, {nullptr, 0.0}},
      {"num_beam_groups", Kind::kRefused, {nullptr, 1}},
      // what else the call would return
      {"output_attentions", Kind::kRefused, {nullptr, false}},
      {"output_hidden_states", Kind::kRefused, {nullptr, false}},
      {"output_scores", Kind::kRefused, {nullptr, false}},
      {"output_logits", Kind::kRefused, {nullptr, false}},
      {"return_dict_in_generate", Kind::kRefused, {nullptr, false}},
      // Whisper's files; what only its timestamps and names of tasks look up changes nothing by
      // itself
      {"alignment_heads", Kind::kNoEffect},
      {"is_multilingual", Kind::kNoEffect},
      {"max_initial_timestamp_index", Kind::kNoEffect},
      {"median_filter_width", Kind::kNoEffect},
      {"prev_sot_token_id", Kind::kNoEffect},
      {"task_to_id", Kind::kNoEffect},
      {"forced_decoder_ids", Kind::kRefused, {nullptr}, kWhisper},
      {"lang_to_id", Kind::kRefused, {nullptr}, kWhisper},
      {"language", Kind::kRefused, {nullptr}, kWhisper},
      {"no_timestamps_token_id", Kind::kRefused, {nullptr}, kWhisper},
      {"task", Kind::kRefused, {nullptr}, kWhisper},
      {"return_timestamps", Kind::kRefused, {nullptr, false}, kWhisper},
  };
  return fields;
}

}  // namespace

bool OtherField::isNeutral(const Json& value) const {
  return kind == Kind::kNoEffect ||
         std::find(neutral.begin(), neutral.end(), value) != neutral.end();
}

const OtherField* findOtherField(std::string_view name) {
  const auto& fields = otherFields();
  const auto found = std::ranges::find(fields, name, &OtherField::name);
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace orrery::generation
