#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/generation/session.h"

namespace orrery::pipelines {

using generation::TokenId;

/// Whisper's own way of generating: what its generation_config.json holds beside the fields of
/// GenerationConfig, and the further arguments of its generate(), by their names.
struct WhisperSettings {
  struct Head {
    int layer = 0, head = 0;
  };
  /// A token that a prompt has at `place`; nothing where it is to be found out.
  struct Forced {
    int place = 0;
    std::optional<TokenId> token;
  };

  std::vector<Head> alignmentHeads;  ///< heads whose attention tells when a token is said
  std::optional<bool> isMultilingual;
  std::map<std::string, TokenId> langToId;  ///< by "<|en|>"
  std::map<std::string, TokenId> taskToId;
  std::optional<std::string> language, task;
  std::optional<TokenId> noTimestampsTokenId, prevSotTokenId;
  std::optional<int> maxInitialTimestampIndex;
  bool returnTimestamps = false;
  std::vector<Forced> forcedDecoderIds;
  std::optional<double> compressionRatioThreshold, logprobThreshold, noSpeechThreshold;
  bool conditionOnPrevTokens = false;
  bool promptForAllSegments = false;  ///< prompt_condition_type of "all-segments"
  std::vector<double> temperatures;   ///< tried one after the other; empty: no sampling
  std::vector<TokenId> promptIds;

  /// The names that take() knows.
  static const std::vector<std::string>& fileFields();

  /// Takes what Whisper's generation_config.json has out of `fields`.
  void takeFile(Json& fields, const std::string& source);
  /// Takes arguments of generate() out of `fields`: the same, and temperature, prompt_ids and
  /// prompt_condition_type. An Error names what is wrong.
  void takeArguments(Json& fields, const std::string& source);
};

}  // namespace orrery::pipelines
