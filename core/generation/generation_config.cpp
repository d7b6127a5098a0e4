#include "core/generation/generation_config.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/generation/generation_fields.h"

namespace orrery::generation {
namespace {

void mergeField(GenerationConfig& config, const std::string& name, const JsonField& value) {
  if (const FieldInfo* field = findField(name)) {
    assignField(config, *field, value);
    return;
  }
  const OtherField* other = findOtherField(name);
  if (!other) throw value.error("unknown field, expected one of transformers' GenerationConfig");
  if (other->isNeutral(value.json()))
    config.unsupported.erase(name);
  else
    config.unsupported[name] = value.json();
}

/// The value that `text` is as JSON, else the text itself.
Json jsonOrText(std::string_view text) {
  try {
    return parseJson(text, "");
  } catch (const Error&) {
    return std::string(text);
  }
}

Error contradiction(std::string_view field, const std::string& message) {
  return Error(ErrorKind::kInvalidInput, message).in(field);
}

void checkReturnedSequences(const GenerationConfig& config) {
  if (config.numReturnSequences == 1) return;
  if (config.numBeams == 1 && !config.doSample)
    throw contradiction(
        "num_return_sequences",
        fmt::format("expected 1 without do_sample and beams, found {}", config.numReturnSequences));
  if (config.numBeams > 1 && config.numReturnSequences > config.numBeams)
    throw contradiction("num_return_sequences",
                        fmt::format("expected at most num_beams ({}), found {}", config.numBeams,
                                    config.numReturnSequences));
}

void checkForcedTokens(const GenerationConfig& config, std::string_view field,
                       std::vector<TokenId> forced) {
  const auto suppressed = [&](TokenId id) {
    return std::ranges::find(config.suppressTokens, id) != config.suppressTokens.end();
  };
  if (!forced.empty() && std::ranges::all_of(forced, suppressed))
    throw contradiction(field, "expected a token that suppress_tokens allows, found none");
}

}  // namespace

GenerationConfig GenerationConfig::fromModelFolder(const std::filesystem::path& folder) {
  GenerationConfig config;
  const auto own = folder / "generation_config.json";
  if (std::filesystem::exists(own)) {
    config.merge(readJsonFile(own), own.string());
    return config;
  }
  const auto model = folder / "config.json";
  if (std::filesystem::exists(model)) return fromModelConfig(readJsonFile(model), model.string());
  return config;
}

GenerationConfig GenerationConfig::fromModelConfig(const Json& config, std::string_view source) {
  GenerationConfig result;
  const auto readFrom = [&](const JsonField& object) {
    for (const FieldInfo& field : generationFields()) {
      const auto value = object.find(field.name);
      if (value && fieldValue(result, field) == fieldValue(GenerationConfig{}, field))
        assignField(result, field, *value);
    }
  };
  const JsonField whole(config, std::string(source));
  readFrom(whole);
  constexpr std::array kTextConfigs = {"decoder", "generator", "text_config"};
  for (const char* name : kTextConfigs)
    if (const auto part = whole.find(name); part && part->json().is_object()) {
      readFrom(*part);
      break;
    }
  return result;
}

void GenerationConfig::merge(const Json& document, std::string_view source) {
  const JsonField fields(document, std::string(source));
  if (!document.is_object())
    throw fields.error(fmt::format("expected an object, found {}", jsonExcerpt(document)));
  for (const auto& [name, value] : document.items()) mergeField(*this, name, fields[name]);
}

void GenerationConfig::set(std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == assignment.npos || equals == 0)
    throw Error(ErrorKind::kInvalidInput, "expected name=value, found {}", quoted(assignment))
        .in("--set");
  const std::string name(assignment.substr(0, equals));
  const std::string_view text = assignment.substr(equals + 1);
  Json value = jsonOrText(text);
  const FieldInfo* field = findField(name);
  const bool wantsText = field && field->type == FieldType::kStrings && !value.is_array() &&
                         !value.is_string() && !value.is_null();
  if (wantsText) value = std::string(text);
  mergeField(*this, name, JsonField(value, "--set " + name));
}

void GenerationConfig::validate() const {
  if (!unsupported.empty()) {
    const auto& [name, value] = *unsupported.begin();
    const OtherField& other = *findOtherField(name);
    throw Error(ErrorKind::kUnsupported, "{}not supported yet: expected {}, found {}",
                other.feature.empty() ? "" : fmt::format("{} is ", other.feature),
                jsonExcerpt(other.neutral.front()), jsonExcerpt(value))
        .in(name);
  }
  checkReturnedSequences(*this);
  checkForcedTokens(*this, "forced_eos_token_id", forcedEosTokenId);
  if (forcedBosTokenId) checkForcedTokens(*this, "forced_bos_token_id", {*forcedBosTokenId});
  if (exponentialDecayLengthPenalty && eosTokenId.empty())
    throw contradiction("exponential_decay_length_penalty",
                        "expected eos_token_id to be set, found none");
}

Json GenerationConfig::toJson() const {
  Json result = Json::object();
  for (const FieldInfo& field : generationFields()) result[field.name] = fieldValue(*this, field);
  return result;
}

}  // namespace orrery::generation
