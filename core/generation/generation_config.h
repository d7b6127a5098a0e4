#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/generation/session.h"

namespace orrery::generation {

/// When beam search stops: at num_beams finished beams, when a better one is unlikely, or never
/// before a better one is impossible ("never").
enum class EarlyStopping { kNo, kYes, kNever };

/// An amount that is added to the score of the last id when the ids before it have just been
/// produced.
struct SequenceBias {
  std::vector<TokenId> ids;
  double bias = 0;
  bool operator==(const SequenceBias&) const = default;
};

/// From `start` new tokens on, the score of the end token grows by `factor` at each step.
struct DecayPenalty {
  int start = 0;
  double factor = 1;
  bool operator==(const DecayPenalty&) const = default;
};

/// How to generate: transformers' GenerationConfig with its names, defaults and meanings. The table
/// in generation_fields.h says what each field does and which values it takes.
///
///     GenerationConfig config = GenerationConfig::fromModelFolder(folder);
///     config.set("do_sample=true");
///     config.set("top_p=0.9");
///     config.validate();
///
/// Not every combination is valid: validate() says so in one line.
struct GenerationConfig {
  // Length. Without max_length and max_new_tokens, 20 tokens are generated.
  std::optional<int> maxNewTokens;
  std::optional<int> maxLength;
  std::optional<int> minNewTokens;
  int minLength = 0;
  std::optional<double> maxTime;
  std::vector<std::string> stopStrings;

  // Strategy
  bool doSample = false;
  int numBeams = 1;
  int numReturnSequences = 1;
  double lengthPenalty = 1;
  EarlyStopping earlyStopping = EarlyStopping::kNo;

  // Sampling
  double temperature = 1;
  int topK = 50;
  double topP = 1;
  std::optional<double> minP;
  std::optional<double> topH;
  double typicalP = 1;
  double epsilonCutoff = 0;
  double etaCutoff = 0;
  bool renormalizeLogits = false;

  // Repetition
  double repetitionPenalty = 1;
  double encoderRepetitionPenalty = 1;
  int noRepeatNgramSize = 0;
  int encoderNoRepeatNgramSize = 0;

  // Tokens that are forced, forbidden or preferred
  std::vector<std::vector<TokenId>> badWordsIds;
  std::vector<SequenceBias> sequenceBias;
  std::vector<TokenId> suppressTokens;
  std::vector<TokenId> beginSuppressTokens;
  std::optional<TokenId> forcedBosTokenId;
  std::vector<TokenId> forcedEosTokenId;
  std::optional<DecayPenalty> exponentialDecayLengthPenalty;
  bool removeInvalidValues = false;
  std::optional<double> guidanceScale;

  // Special tokens
  std::optional<TokenId> bosTokenId;
  std::vector<TokenId> eosTokenId;
  std::optional<TokenId> padTokenId;
  std::optional<TokenId> decoderStartTokenId;

  /// Fields of transformers' GenerationConfig that were set away from their default, and that
  /// Orrery does not support yet. validate() refuses them by name.
  std::map<std::string, Json> unsupported;

  bool operator==(const GenerationConfig&) const = default;

  /// Reads generation_config.json of a checkpoint folder; without it, the fields that config.json
  /// holds. A folder with neither gives the defaults.
  static GenerationConfig fromModelFolder(const std::filesystem::path& folder);

  /// The fields of a model's config.json that matter for generation (older checkpoints keep them
  /// there).
  static GenerationConfig fromModelConfig(const Json& config, std::string_view source);

  /// Sets every member of `document`; null means the default. An unknown member, a wrong type or a
  /// value out of range is an Error that names `source`, the field, what was found and what was
  /// expected.
  void merge(const Json& document, std::string_view source);

  /// Sets one field from "name=value"; the value is JSON, or plain text for strings.
  void set(std::string_view assignment);

  /// Throws an Error if the fields contradict each other or one is not supported.
  void validate() const;

  /// Every supported field with its value, under its name in generation_config.json.
  Json toJson() const;
};

}  // namespace orrery::generation
