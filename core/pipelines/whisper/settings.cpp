#include "core/pipelines/whisper/settings.h"

#include <functional>

namespace orrery::pipelines {
namespace {

using Read = void (*)(WhisperSettings&, const JsonField&);

void readHeads(WhisperSettings& s, const JsonField& field) {
  s.alignmentHeads.clear();
  for (const JsonField& pair : field.elements()) {
    const auto both = pair.as<std::vector<int>>();
    if (both.size() != 2 || both[0] < 0 || both[1] < 0)
      throw pair.error(
          fmt::format("expected a layer and a head, found {}", jsonExcerpt(pair.json())));
    s.alignmentHeads.push_back({both[0], both[1]});
  }
}

void readForced(WhisperSettings& s, const JsonField& field) {
  s.forcedDecoderIds.clear();
  for (const JsonField& pair : field.elements()) {
    const auto both = pair.elements();
    if (both.size() != 2)
      throw pair.error(
          fmt::format("expected a place and a token, found {}", jsonExcerpt(pair.json())));
    std::optional<TokenId> token;
    if (!both[1].json().is_null()) token = both[1].as<int>();
    s.forcedDecoderIds.push_back({both[0].as<int>(), token});
  }
}

std::map<std::string, TokenId> tokensOf(const JsonField& field) {
  std::map<std::string, TokenId> result;
  if (!field.json().is_object())
    throw field.error(
        fmt::format("expected an object of tokens, found {}", jsonExcerpt(field.json())));
  for (const auto& [name, value] : field.json().items()) result[name] = field.require<int>(name);
  return result;
}

void readTask(WhisperSettings& s, const JsonField& field) {
  s.task = field.as<std::string>();
  if (*s.task != "transcribe" && *s.task != "translate")
    throw field.error(fmt::format("expected \"transcribe\" or \"translate\", found {}",
                                  jsonExcerpt(field.json())));
}

void readTimestamps(WhisperSettings& s, const JsonField& field) {
  // "word" asks for times as well; of what kind is the pipeline's matter.
  s.returnTimestamps = field.json().is_string() || field.as<bool>();
}

void readTemperature(WhisperSettings& s, const JsonField& field) {
  s.temperatures =
      field.json().is_array() ? field.as<std::vector<double>>() : std::vector{field.as<double>()};
  for (const double value : s.temperatures)
    if (!(value >= 0) || value > 1e6)
      throw field.error(fmt::format("expected numbers of at least 0, found {}", value));
  if (s.temperatures.empty()) throw field.error("expected at least one number, found none");
}

void readPromptType(WhisperSettings& s, const JsonField& field) {
  const auto type = field.as<std::string>();
  if (type != "first-segment" && type != "all-segments")
    throw field.error(
        fmt::format("expected \"first-segment\" or \"all-segments\", found {}", quoted(type)));
  s.promptForAllSegments = type == "all-segments";
}

const std::map<std::string, Read>& fileReaders() {
  static const std::map<std::string, Read> table{
      {"alignment_heads", readHeads},
      {"compression_ratio_threshold",
       [](auto& s, const auto& f) { s.compressionRatioThreshold = f.template as<double>(); }},
      {"condition_on_prev_tokens",
       [](auto& s, const auto& f) { s.conditionOnPrevTokens = f.template as<bool>(); }},
      {"forced_decoder_ids", readForced},
      {"is_multilingual", [](auto& s, const auto& f) { s.isMultilingual = f.template as<bool>(); }},
      {"lang_to_id", [](auto& s, const auto& f) { s.langToId = tokensOf(f); }},
      {"language", [](auto& s, const auto& f) { s.language = f.template as<std::string>(); }},
      {"logprob_threshold",
       [](auto& s, const auto& f) { s.logprobThreshold = f.template as<double>(); }},
      {"max_initial_timestamp_index",
       [](auto& s, const auto& f) { s.maxInitialTimestampIndex = f.template as<int>(); }},
      {"no_speech_threshold",
       [](auto& s, const auto& f) { s.noSpeechThreshold = f.template as<double>(); }},
      {"no_timestamps_token_id",
       [](auto& s, const auto& f) { s.noTimestampsTokenId = f.template as<int>(); }},
      {"prev_sot_token_id",
       [](auto& s, const auto& f) { s.prevSotTokenId = f.template as<int>(); }},
      {"return_timestamps", readTimestamps},
      {"task", readTask},
      {"task_to_id", [](auto& s, const auto& f) { s.taskToId = tokensOf(f); }},
  };
  return table;
}

const std::map<std::string, Read>& argumentReaders() {
  static const std::map<std::string, Read> table = [] {
    auto result = fileReaders();
    result["temperature"] = readTemperature;
    result["prompt_condition_type"] = readPromptType;
    result["prompt_ids"] = [](auto& s, const auto& f) {
      s.promptIds = f.template as<std::vector<int>>();
    };
    return result;
  }();
  return table;
}

void take(WhisperSettings& settings, Json& fields, const std::string& source,
          const std::map<std::string, Read>& readers) {
  for (const auto& [name, read] : readers) {
    const auto found = fields.find(name);
    if (found == fields.end()) continue;
    if (!found->is_null()) read(settings, JsonField(*found, source + "." + name));
    fields.erase(name);
  }
}

}  // namespace

const std::vector<std::string>& WhisperSettings::fileFields() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const auto& [name, read] : fileReaders()) result.push_back(name);
    return result;
  }();
  return names;
}

void WhisperSettings::takeFile(Json& fields, const std::string& source) {
  take(*this, fields, source, fileReaders());
}

void WhisperSettings::takeArguments(Json& fields, const std::string& source) {
  take(*this, fields, source, argumentReaders());
}

}  // namespace orrery::pipelines
