#include "core/tokenizers/formats/tokenizer_json.h"

#include <algorithm>
#include <set>

#include "core/tokenizers/steps/reading.h"

namespace orrery::tokenizers {
namespace {

Side readSide(const JsonField& section, std::string_view key) {
  const auto side = section.get<std::string>(key, "right");
  if (side == "left" || side == "Left") return Side::kLeft;
  if (side == "right" || side == "Right") return Side::kRight;
  throw section[key].error(fmt::format("expected left or right, found {}", orrery::quoted(side)));
}

Truncation readTruncation(const JsonField& field) {
  Truncation truncation;
  truncation.maxLength = readCount(field, "max_length");
  truncation.stride = readCount(field, "stride");
  truncation.side = readSide(field, "direction");
  const auto strategy = field.require<std::string>("strategy");
  if (strategy == "OnlyFirst")
    truncation.strategy = TruncationStrategy::kOnlyFirst;
  else if (strategy == "OnlySecond")
    truncation.strategy = TruncationStrategy::kOnlySecond;
  else if (strategy != "LongestFirst")
    throw field["strategy"].error(fmt::format(
        "expected LongestFirst, OnlyFirst or OnlySecond, found {}", orrery::quoted(strategy)));
  return truncation;
}

/// A number of tokens that a text is filled up to.
std::uint32_t readLength(const JsonField& section, std::string_view key) {
  constexpr std::uint32_t kMaxLength = 1 << 20;
  const std::uint32_t length = readCount(section, key);
  if (length > kMaxLength)
    throw section[key].error(fmt::format("expected at most {}, found {}", kMaxLength, length));
  return length;
}

Padding readPadding(const JsonField& field) {
  Padding padding;
  const JsonField strategy = field["strategy"];
  if (strategy.json().is_object()) {
    padding.length = readLength(strategy, "Fixed");
  } else if (strategy.as<std::string>() != "BatchLongest") {
    throw strategy.error(fmt::format("expected BatchLongest or {{\"Fixed\": …}}, found {}",
                                     jsonExcerpt(strategy.json())));
  }
  if (field.has("pad_to_multiple_of")) padding.multipleOf = readLength(field, "pad_to_multiple_of");
  padding.side = readSide(field, "direction");
  padding.id = static_cast<TokenId>(readCount(field, "pad_id"));
  padding.typeId = static_cast<std::int32_t>(readCount(field, "pad_type_id"));
  padding.token = field.require<std::string>("pad_token");
  return padding;
}

void checkVersion(const JsonField& root) {
  const auto version = root.get<std::string>("version", "1.0");
  if (version != "1.0")
    throw Error(ErrorKind::kUnsupported, "version {}, expected \"1.0\"", orrery::quoted(version))
        .in(root.name());
}

}  // namespace

AddedToken readAddedToken(const JsonField& field) {
  AddedToken token;
  if (field.json().is_string()) {
    token.content = field.as<std::string>();
    token.normalized = false;
    token.special = true;
    return token;
  }
  token.content = field.require<std::string>("content");
  token.singleWord = field.get("single_word", false);
  token.stripsLeft = field.get("lstrip", false);
  token.stripsRight = field.get("rstrip", false);
  token.special = field.get("special", false);
  token.normalized = field.get("normalized", !token.special);
  return token;
}

Tokenizer::Parts readTokenizerJson(const JsonField& root) {
  checkVersion(root);
  Tokenizer::Parts parts;
  if (const auto field = root.find("truncation")) parts.truncation = readTruncation(*field);
  if (const auto field = root.find("padding")) parts.padding = readPadding(*field);
  if (const auto field = root.find("normalizer")) parts.normalizer = readNormalizer(*field);
  if (const auto field = root.find("pre_tokenizer")) parts.preTokenizer = readPreTokenizer(*field);
  if (const auto field = root.find("post_processor"))
    parts.postProcessor = readPostProcessor(*field);
  if (const auto field = root.find("decoder")) parts.decoder = readDecoder(*field);
  parts.model = readModel(root["model"]);
  std::vector<AddedToken> added;
  if (const auto field = root.find("added_tokens"))
    for (const JsonField& token : field->elements()) added.push_back(readAddedToken(token));
  parts.add(added);
  return parts;
}

namespace {

/// The fields of special tokens: those that every tokenizer may have first, in the order in which
/// tokens that are not in the vocabulary get their ids.
std::vector<std::string> roleKeys(const JsonField& config) {
  std::vector<std::string> keys = {"bos_token", "eos_token", "unk_token", "sep_token",
                                   "pad_token", "cls_token", "mask_token"};
  for (const auto& [key, value] : config.json().items())
    if (key.ends_with("_token") && std::find(keys.begin(), keys.end(), key) == keys.end())
      keys.push_back(key);
  std::erase_if(keys, [&](const std::string& key) {
    const auto field = config.find(key);
    return !field || !(field->json().is_string() || field->json().is_object());
  });
  return keys;
}

void readExtraTokens(const JsonField& field, SpecialTokens& roles,
                     std::vector<AddedToken>& tokens) {
  if (!field.json().is_object()) {
    for (const JsonField& token : field.elements()) tokens.push_back(readAddedToken(token));
    return;
  }
  for (const auto& [role, value] : field.json().items()) {
    tokens.push_back(readAddedToken(field[role]));
    roles[role] = tokens.back().content;
  }
}

/// The tokens of added_tokens_decoder in the order of their ids.
std::vector<AddedToken> readDecoderTokens(const JsonField& field) {
  std::map<std::int64_t, AddedToken> byId;
  for (const auto& [id, token] : field.json().items())
    byId.emplace(std::atoll(id.c_str()), readAddedToken(field[id]));
  std::vector<AddedToken> tokens;
  for (const auto& [id, token] : byId) tokens.push_back(token);
  return tokens;
}

}  // namespace

void applyTokenizerConfig(Tokenizer::Parts& parts, const JsonField& config) {
  if (!config.json().is_object())
    throw config.error(fmt::format("expected an object, found {}", jsonExcerpt(config.json())));
  std::vector<AddedToken> listed, tokens;
  SpecialTokens& roles = parts.settings.specialTokens;
  std::set<std::string> named;
  for (const std::string& key : roleKeys(config)) {
    AddedToken token = readAddedToken(config[key]);
    token.special = true;
    if (!config[key].json().contains("normalized")) token.normalized = false;
    roles[key] = token.content;
    named.insert(token.content);
    tokens.push_back(std::move(token));
  }
  for (const char* list : {"additional_special_tokens", "extra_special_tokens"})
    if (const auto field = config.find(list)) readExtraTokens(*field, roles, tokens);
  if (const auto decoder = config.find("added_tokens_decoder")) {
    listed = readDecoderTokens(*decoder);
    for (AddedToken& token : listed) token.special = token.special || named.contains(token.content);
  }
  parts.add(listed);
  parts.addNew(tokens);
  TokenizerSettings& settings = parts.settings;
  settings.cleansUpSpaces = config.get("clean_up_tokenization_spaces", false);
  settings.paddingSide = readSide(config, "padding_side");
  settings.truncationSide = readSide(config, "truncation_side");
  settings.modelInputNames = config.get("model_input_names", std::vector<std::string>{});
  // "No limit" is written as 1e30.
  const double maxLength = config.get("model_max_length", 1e30);
  if (maxLength > 0 && maxLength < 1e15)
    settings.modelMaxLength = static_cast<std::int64_t>(maxLength);
}

}  // namespace orrery::tokenizers
