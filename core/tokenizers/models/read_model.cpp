#include <array>
#include <charconv>
#include <cmath>

#include "core/tokenizers/models/model.h"
#include "core/tokenizers/steps/reading.h"

namespace orrery::tokenizers {
namespace {

/// Older files have no type; the fields tell.
std::string typeOf(const JsonField& field) {
  if (field.has("type")) return field.require<std::string>("type");
  if (field.has("merges")) return "BPE";
  if (field.has("continuing_subword_prefix")) return "WordPiece";
  const auto vocabulary = field.find("vocab");
  return vocabulary && vocabulary->json().is_array() ? "Unigram" : "WordLevel";
}

/// A merge is "left right" or ["left", "right"].
std::pair<std::string, std::string> readMerge(const JsonField& merge) {
  if (merge.json().is_array()) {
    const auto parts = merge.elements();
    if (parts.size() == 2) return {parts[0].as<std::string>(), parts[1].as<std::string>()};
  } else {
    const auto text = merge.as<std::string>();
    const auto space = text.find(' ');
    if (space != text.npos && text.find(' ', space + 1) == text.npos)
      return {text.substr(0, space), text.substr(space + 1)};
  }
  throw merge.error(fmt::format("expected two tokens, found {}", jsonExcerpt(merge.json())));
}

Merges readMerges(const JsonField& model) {
  const JsonField field = model["merges"];
  const Json& json = field.json();
  if (!json.is_array())
    throw field.error(fmt::format("expected a list, found {}", jsonExcerpt(json)));
  Merges merges;
  merges.reserve(json.size());
  for (const Json& entry : json) {
    // The common form, without names for errors that do not happen.
    if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
      merges.emplace_back(entry[0].get_ref<const std::string&>(),
                          entry[1].get_ref<const std::string&>());
      continue;
    }
    if (entry.is_string() && entry.get_ref<const std::string&>().starts_with("#version")) continue;
    merges.push_back(
        readMerge({entry, fmt::format("{}[{}]", field.name(), &entry - &json.front())}));
  }
  return merges;
}

std::unique_ptr<const Model> readBpe(const JsonField& field) {
  if (field.get("dropout", 0.0) != 0.0)
    throw Error(ErrorKind::kUnsupported, "expected null or 0: encoding is not random here")
        .in(field["dropout"].name());
  BpeOptions options;
  options.unknownToken = field.get<std::string>("unk_token", "");
  options.continuingPrefix = field.get<std::string>("continuing_subword_prefix", "");
  options.wordSuffix = field.get<std::string>("end_of_word_suffix", "");
  options.fusesUnknown = field.get("fuse_unk", false);
  options.byteFallback = field.get("byte_fallback", false);
  options.ignoresMerges = field.get("ignore_merges", false);
  Vocabulary vocabulary = readVocabulary(field["vocab"]);
  const Merges merges = readMerges(field);
  return withContext(field.name(), [&] { return makeBpe(std::move(vocabulary), merges, options); });
}

double powerOfTen(int exponent) {
  return std::strtod(fmt::format("1e{}", exponent).c_str(), nullptr);
}

std::unique_ptr<const Model> readUnigram(const JsonField& field) {
  ScoredTokens tokens;
  for (const JsonField& entry : field["vocab"].elements()) {
    const auto parts = entry.elements();
    if (parts.size() != 2)
      throw entry.error(
          fmt::format("expected [token, score], found {}", jsonExcerpt(entry.json())));
    tokens.emplace_back(parts[0].as<std::string>(), scoreAsRead(parts[1].as<double>()));
  }
  const auto unknownId = field.get<std::int64_t>("unk_id", -1);
  if (field.has("unk_id") && unknownId < 0)
    throw field["unk_id"].error(fmt::format("expected a token id, found {}", unknownId));
  const bool byteFallback = field.get("byte_fallback", false);
  return withContext(field.name(),
                     [&] { return makeUnigram(std::move(tokens), unknownId, byteFallback); });
}

}  // namespace

Vocabulary readVocabulary(const JsonField& field) {
  const Json& json = field.json();
  if (!json.is_object())
    throw field.error(fmt::format("expected an object, found {}", jsonExcerpt(json)));
  Vocabulary vocabulary;
  vocabulary.reserve(json.size(), json.size() * 8);
  for (auto entry = json.begin(); entry != json.end(); ++entry) {
    if (!entry->is_number_integer())
      throw field.error(fmt::format("{}: expected an id, found {}", orrery::quoted(entry.key()),
                                    jsonExcerpt(*entry)));
    withContext(field.name(), [&] { vocabulary.add(entry.key(), entry->get<std::int64_t>()); });
  }
  return vocabulary;
}

double scoreAsRead(double score) {
  // The digits as an integer, times or over a power of ten.
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), std::abs(score),
                                 std::chars_format::scientific);
  std::uint64_t digits = 0;
  int exponent = 0;
  bool fraction = false;
  for (const char* at = text.data(); at != end.ptr && *at != 'e'; ++at) {
    fraction = fraction || *at == '.';
    if (*at == '.') continue;
    digits = digits * 10 + static_cast<std::uint64_t>(*at - '0');
    exponent -= fraction;
  }
  const std::string_view whole(text.data(), end.ptr);
  exponent += std::atoi(std::string(whole.substr(whole.find('e') + 1)).c_str());
  const auto number = static_cast<double>(digits);
  return std::copysign(
      exponent < 0 ? number / powerOfTen(-exponent) : number * powerOfTen(exponent), score);
}

std::unique_ptr<const Model> readModel(const JsonField& field) {
  const std::string type = typeOf(field);
  if (type == "BPE") return readBpe(field);
  if (type == "Unigram") return readUnigram(field);
  if (type == "WordPiece")
    return makeWordPiece(readVocabulary(field["vocab"]), field.require<std::string>("unk_token"),
                         field.require<std::string>("continuing_subword_prefix"),
                         readCount(field, "max_input_chars_per_word"));
  if (type == "WordLevel")
    return makeWordLevel(readVocabulary(field["vocab"]), field.require<std::string>("unk_token"));
  unknownType(field, type);
}

}  // namespace orrery::tokenizers
