#include "core/pipelines/ctc_decoding.h"

#include "core/base/json.h"
#include "core/tokenizers/steps/decoder.h"
#include "core/tokenizers/text/unicode.h"

namespace orrery::pipelines {
namespace {

/// A token that a file gives as such or as an object with its content.
std::string tokenField(const JsonField& config, const char* key, const std::string& otherwise) {
  const auto field = config.find(key);
  if (!field) return otherwise;
  return field->json().is_object() ? field->require<std::string>("content")
                                   : field->as<std::string>();
}

/// What is there already, counts.
void addTokens(CtcVocabulary& vocabulary, const JsonField& ids) {
  std::map<std::int64_t, std::string> tokens;
  for (const auto& [token, id] : ids.json().items())
    tokens[ids.require<std::int64_t>(token)] = token;
  vocabulary.tokens.merge(tokens);
}

void takeConfig(CtcVocabulary& v, const JsonField& config) {
  v.blank = tokenField(config, "pad_token", v.blank);
  v.delimiter = tokenField(config, "word_delimiter_token", v.delimiter);
  v.replacement = config.get("replace_word_delimiter_char", v.replacement);
  v.lowerCase = config.get("do_lower_case", false);
  v.cleansUpSpaces = config.get("clean_up_tokenization_spaces", false);
  const auto added = config.find("added_tokens_decoder");
  if (!added) return;
  for (const auto& [id, token] : added->json().items()) {
    const JsonField field = (*added)[id];
    if (id.empty() || id.find_first_not_of("0123456789") != id.npos || id.size() > 9)
      throw field.error("expected an id as the name");
    v.tokens.try_emplace(std::stoll(id), field.require<std::string>("content"));
  }
}

/// Whether there is a vocabulary for each language, as in those of MMS.
bool hasLanguages(const JsonField& all) {
  const Json& json = all.json();
  return json.is_object() && !json.empty() && json.begin()->is_object();
}

std::string trimmed(const std::string& text) {
  constexpr const char* kSpaces = " \t\n\r\f\v";
  const auto first = text.find_first_not_of(kSpaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) + 1 - first);
}

}  // namespace

CtcVocabulary CtcVocabulary::load(const std::filesystem::path& folder,
                                  std::optional<std::string> language) {
  CtcVocabulary result;
  const auto vocabPath = folder / "vocab.json", configPath = folder / "tokenizer_config.json";
  const Json vocab = readJsonFile(vocabPath);
  const Json config =
      std::filesystem::exists(configPath) ? readJsonFile(configPath) : Json::object();
  const JsonField settings(config, configPath.string());
  const JsonField all(vocab, vocabPath.string());
  if (const auto own = settings.find("target_lang"); own && !language)
    language = own->as<std::string>();
  if (!language && hasLanguages(all))
    throw all.error(
        "has letters for each language: expected target_lang as an option, or in "
        "tokenizer_config.json");
  addTokens(result, language ? all[*language] : all);
  takeConfig(result, settings);
  const auto addedPath = folder / "added_tokens.json";
  if (std::filesystem::exists(addedPath)) {
    const Json added = readJsonFile(addedPath);
    addTokens(result, JsonField(added, addedPath.string()));
  }
  return result;
}

CtcText decodeCtc(std::span<const std::int64_t> ids, const CtcVocabulary& vocabulary) {
  CtcText result;
  std::string text;
  for (std::size_t i = 0; i < ids.size();) {
    const auto found = vocabulary.tokens.find(ids[i]);
    if (found == vocabulary.tokens.end())
      throw Error(ErrorKind::kInvalidInput,
                  "vocab.json has no token with the id {}, which the model gives", ids[i]);
    // Different ids of one token are one, too.
    std::size_t end = i + 1;
    const auto same = [&](std::int64_t id) {
      const auto other = vocabulary.tokens.find(id);
      return other != vocabulary.tokens.end() && other->second == found->second;
    };
    while (end < ids.size() && same(ids[end])) ++end;
    if (found->second != vocabulary.blank) {
      const bool between = found->second == vocabulary.delimiter;
      result.characters.push_back({between ? vocabulary.replacement : found->second,
                                   static_cast<std::int64_t>(i), static_cast<std::int64_t>(end)});
      text += result.characters.back().text;
    }
    i = end;
  }
  text = trimmed(text);
  if (vocabulary.lowerCase) {
    tokenizers::NormalizedText lower(text);
    tokenizers::unicode::lowercase(lower);
    text = lower.text();
  }
  result.text = vocabulary.cleansUpSpaces ? tokenizers::cleanUpSpaces(text) : text;
  return result;
}

std::vector<CtcPiece> ctcWords(std::span<const CtcPiece> characters, const std::string& delimiter) {
  std::vector<CtcPiece> words;
  bool inWord = false;
  for (const CtcPiece& character : characters) {
    const bool space = character.text == delimiter;
    if (!space && inWord) {
      words.back().text += character.text;
      words.back().end = character.end;
    } else if (!space) {
      words.push_back(character);
    }
    inWord = !space;
  }
  return words;
}

}  // namespace orrery::pipelines
