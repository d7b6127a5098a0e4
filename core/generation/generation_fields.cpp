#include "core/generation/generation_fields.h"

#include <array>
#include <cmath>

namespace orrery::generation {
namespace {

using Config = GenerationConfig;

constexpr FieldRange kAny{};
constexpr FieldRange kFromZero{.minimum = 0};
constexpr FieldRange kFromOne{.minimum = 1};
// Each beam has scores for the whole vocabulary: a slip must not take all memory.
constexpr FieldRange kBeams{.minimum = 1, .maximum = 1024};
constexpr FieldRange kAboveZero{.minimum = 0, .minimumOpen = true};
constexpr FieldRange kFraction{.minimum = 0, .maximum = 1};
constexpr FieldRange kFractionAboveZero{.minimum = 0, .maximum = 1, .minimumOpen = true};
constexpr FieldRange kFractionBelowOne{.minimum = 0, .maximum = 1, .maximumOpen = true};
// Some checkpoints write -1 for "no such token".
constexpr FieldRange kSpecialToken{.minimum = -1};

constexpr std::array kFields = {
    FieldInfo{"max_new_tokens", "length", FieldType::kInteger, &Config::maxNewTokens, kFromOne,
              "Stops after this many tokens, not counting the prompt; goes before max_length."},
    FieldInfo{"max_length", "length", FieldType::kInteger, &Config::maxLength, kFromOne,
              "Stops when prompt and answer together have this many tokens."},
    FieldInfo{"min_new_tokens", "length", FieldType::kInteger, &Config::minNewTokens, kFromZero,
              "Forbids the end token until this many tokens have been generated."},
    FieldInfo{"min_length", "length", FieldType::kInteger, &Config::minLength, kFromZero,
              "Forbids the end token until prompt and answer together have this many tokens."},
    FieldInfo{"max_time", "length", FieldType::kNumber, &Config::maxTime, kFromZero,
              "Stops after the token during which this many seconds have passed."},
    FieldInfo{"stop_strings", "length", FieldType::kStrings, &Config::stopStrings, kAny,
              "Stops as soon as one of these texts has been written."},

    FieldInfo{"do_sample", "strategy", FieldType::kBoolean, &Config::doSample, kAny,
              "Draws each token at random by its probability instead of taking the likeliest."},
    FieldInfo{"num_beams", "strategy", FieldType::kInteger, &Config::numBeams, kBeams,
              "Follows this many of the best continuations at once; 1 is no beam search."},
    FieldInfo{"num_return_sequences", "strategy", FieldType::kInteger, &Config::numReturnSequences,
              kFromOne, "Returns this many answers: independent samples, or the best beams."},
    FieldInfo{"length_penalty", "strategy", FieldType::kNumber, &Config::lengthPenalty, kAny,
              "Divides a beam's score by its length to this power: above 0 favours long answers."},
    FieldInfo{"early_stopping", "strategy", FieldType::kEarlyStopping, &Config::earlyStopping, kAny,
              "Ends beam search at num_beams answers (true), when better is unlikely (false) or "
              "impossible (never)."},

    FieldInfo{"temperature", "sampling", FieldType::kNumber, &Config::temperature, kAboveZero,
              "Divides the scores: below 1 sharpens the distribution, above 1 flattens it."},
    FieldInfo{"top_k", "sampling", FieldType::kInteger, &Config::topK, kFromZero,
              "Keeps only this many of the likeliest tokens; 0 keeps all."},
    FieldInfo{"top_p", "sampling", FieldType::kNumber, &Config::topP, kFraction,
              "Keeps the fewest likeliest tokens whose probabilities add up to this."},
    FieldInfo{"min_p", "sampling", FieldType::kNumber, &Config::minP, kFraction,
              "Keeps tokens at least this share as likely as the likeliest one."},
    FieldInfo{"top_h", "sampling", FieldType::kNumber, &Config::topH, kFractionAboveZero,
              "Keeps the likeliest tokens up to this share of the distribution's entropy."},
    FieldInfo{
        "typical_p", "sampling", FieldType::kNumber, &Config::typicalP, kFractionAboveZero,
        "Keeps tokens about as surprising as expected, until their probabilities add up to this."},
    FieldInfo{"epsilon_cutoff", "sampling", FieldType::kNumber, &Config::epsilonCutoff,
              kFractionBelowOne, "Removes tokens less likely than this; 0 removes none."},
    FieldInfo{"eta_cutoff", "sampling", FieldType::kNumber, &Config::etaCutoff, kFractionBelowOne,
              "Removes unlikely tokens, more of them where the model is sure; 0 removes none."},
    FieldInfo{"renormalize_logits", "sampling", FieldType::kBoolean, &Config::renormalizeLogits,
              kAny, "Makes the scores log-probabilities again after all other changes."},

    FieldInfo{"repetition_penalty", "repetition", FieldType::kNumber, &Config::repetitionPenalty,
              kAboveZero,
              "Lowers the scores of tokens that have occurred already; 1 changes nothing."},
    FieldInfo{"encoder_repetition_penalty", "repetition", FieldType::kNumber,
              &Config::encoderRepetitionPenalty, kAboveZero,
              "Raises the scores of tokens of the input; 1 changes nothing."},
    FieldInfo{"no_repeat_ngram_size", "repetition", FieldType::kInteger, &Config::noRepeatNgramSize,
              kFromZero, "Forbids that this many tokens in a row occur twice; 0 forbids nothing."},
    FieldInfo{"encoder_no_repeat_ngram_size", "repetition", FieldType::kInteger,
              &Config::encoderNoRepeatNgramSize, kFromZero,
              "Forbids this many tokens in a row of the input to occur in the answer; 0 forbids "
              "nothing."},

    FieldInfo{"bad_words_ids", "tokens", FieldType::kTokenSequences, &Config::badWordsIds,
              kFromZero, "Sequences of tokens that may not be generated."},
    FieldInfo{"sequence_bias", "tokens", FieldType::kSequenceBias, &Config::sequenceBias, kFromZero,
              "Amounts added to the score of a sequence's last token when the tokens before it are "
              "there."},
    FieldInfo{"suppress_tokens", "tokens", FieldType::kTokenIds, &Config::suppressTokens, kFromZero,
              "Tokens that may not be generated."},
    FieldInfo{"begin_suppress_tokens", "tokens", FieldType::kTokenIds, &Config::beginSuppressTokens,
              kFromZero, "Tokens that may not be generated first."},
    FieldInfo{"forced_bos_token_id", "tokens", FieldType::kTokenId, &Config::forcedBosTokenId,
              kFromZero, "The token that must come second, after a start token alone."},
    FieldInfo{"forced_eos_token_id", "tokens", FieldType::kTokenIds, &Config::forcedEosTokenId,
              kFromZero, "The token that must come last when the greatest length is reached."},
    FieldInfo{
        "exponential_decay_length_penalty", "tokens", FieldType::kDecayPenalty,
        &Config::exponentialDecayLengthPenalty, kFromZero,
        "Raises the score of the end token by a factor for each token after a number of them."},
    FieldInfo{
        "remove_invalid_values", "tokens", FieldType::kBoolean, &Config::removeInvalidValues, kAny,
        "Replaces scores that are not finite, so that a faulty model cannot stop generation."},
    FieldInfo{
        "guidance_scale", "tokens", FieldType::kNumber, &Config::guidanceScale, kAny,
        "Moves the scores away from those without the prompt, or with a negative one; 1 is off."},

    FieldInfo{"bos_token_id", "special tokens", FieldType::kTokenId, &Config::bosTokenId,
              kSpecialToken, "The token that starts a text."},
    FieldInfo{"eos_token_id", "special tokens", FieldType::kTokenIds, &Config::eosTokenId,
              kSpecialToken, "The tokens that end an answer."},
    FieldInfo{"pad_token_id", "special tokens", FieldType::kTokenId, &Config::padTokenId,
              kSpecialToken, "The token that fills up shorter answers of a batch."},
    FieldInfo{"decoder_start_token_id", "special tokens", FieldType::kTokenId,
              &Config::decoderStartTokenId, kSpecialToken,
              "The token with which the decoder of an encoder-decoder model begins."},
};

std::string_view typeName(FieldType type) {
  switch (type) {
    case FieldType::kBoolean:
      return "boolean";
    case FieldType::kInteger:
      return "integer";
    case FieldType::kNumber:
      return "number";
    case FieldType::kTokenId:
      return "token_id";
    case FieldType::kTokenIds:
      return "token_ids";
    case FieldType::kTokenSequences:
      return "token_sequences";
    case FieldType::kSequenceBias:
      return "sequence_bias";
    case FieldType::kDecayPenalty:
      return "decay_penalty";
    case FieldType::kStrings:
      return "strings";
    case FieldType::kEarlyStopping:
      return "early_stopping";
  }
  throw Error(ErrorKind::kInternal, "a field type has no name");
}

}  // namespace

bool FieldRange::contains(double value) const {
  return (minimumOpen ? value > minimum : value >= minimum) &&
         (maximumOpen ? value < maximum : value <= maximum);
}

std::span<const FieldInfo> generationFields() {
  return kFields;
}

const FieldInfo* findField(std::string_view name) {
  for (const FieldInfo& field : kFields)
    if (field.name == name) return &field;
  return nullptr;
}

Json generationFieldsJson() {
  const GenerationConfig defaults;
  Json rows = Json::array();
  for (const FieldInfo& field : kFields) {
    Json row = {{"name", field.name},
                {"group", field.group},
                {"type", typeName(field.type)},
                {"default", fieldValue(defaults, field)},
                {"description", field.description}};
    if (std::isfinite(field.range.minimum)) {
      row["minimum"] = field.range.minimum;
      row["minimum_open"] = field.range.minimumOpen;
    }
    if (std::isfinite(field.range.maximum)) {
      row["maximum"] = field.range.maximum;
      row["maximum_open"] = field.range.maximumOpen;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace orrery::generation
