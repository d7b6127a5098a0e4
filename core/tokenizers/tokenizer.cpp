#include "core/tokenizers/tokenizer.h"

#include <algorithm>

#include "core/base/utf8.h"
#include "core/tokenizers/parts.h"

namespace orrery::tokenizers {
namespace {

/// From bytes of a text to its characters.
class CharacterCount {
 public:
  explicit CharacterCount(std::string_view text) {
    ascii_ = std::all_of(text.begin(), text.end(),
                         [](char c) { return static_cast<signed char>(c) >= 0; });
    if (ascii_) return;
    charAt_.reserve(text.size());
    std::uint32_t index = 0;
    for (std::size_t at = 0; at < text.size(); ++index) {
      const std::size_t begin = at;
      utf8::next(text, at);
      charAt_.insert(charAt_.end(), at - begin, index);
    }
  }

  Offsets operator()(ByteRange range) const {
    if (ascii_) return {range.begin, range.end};
    if (range.begin >= charAt_.size()) {
      // Behind the end there are no characters to count; the reference leaves such bytes as they
      // are.
      return {range.begin, range.end};
    }
    if (range.end < charAt_.size()) return {charAt_[range.begin], charAt_[range.end]};
    const std::size_t last = std::size_t{range.end} - 1;
    return {charAt_[range.begin],
            (last < charAt_.size() ? charAt_[last] : charAt_[range.begin] + 1) + 1};
  }

 private:
  bool ascii_ = false;
  std::vector<std::uint32_t> charAt_;
};

void push(Encoding& encoding, TokenId id, std::string text, Offsets offsets) {
  encoding.ids.push_back(id);
  encoding.tokens.push_back(std::move(text));
  encoding.offsets.push_back(offsets);
}

}  // namespace

Tokenizer::Tokenizer(Parts parts) : parts_(std::make_unique<const Parts>(std::move(parts))) {}
Tokenizer::~Tokenizer() = default;

Encoding Tokenizer::encodeOne(std::string_view text, std::int32_t sequence,
                              std::int32_t word) const {
  std::string clean = utf8::sanitized(text);
  const CharacterCount characters(clean);
  Encoding encoding;
  std::int32_t part = 0;
  std::vector<NormalizedText> words;
  for (ExtractedPart& extracted :
       parts_->added.extract(std::move(clean), parts_->normalizer.get())) {
    const std::string& found = extracted.text.text();
    if (extracted.id) {
      const ByteRange whole{0, static_cast<std::uint32_t>(found.size())};
      push(encoding, *extracted.id, found, characters(extracted.text.toOriginal(whole)));
      encoding.words.push_back(word >= 0 ? word : part++);
      continue;
    }
    words.clear();
    if (!extracted.text.empty()) words.push_back(std::move(extracted.text));
    if (parts_->preTokenizer) parts_->preTokenizer->apply(words);
    for (const NormalizedText& piece : words) {
      for (Token& token : parts_->model->tokenize(piece.text())) {
        push(encoding, token.id, std::move(token.text), characters(piece.toOriginal(token.range)));
        encoding.words.push_back(word >= 0 ? word : part);
      }
      ++part;
    }
  }
  encoding.typeIds.assign(encoding.size(), sequence);
  encoding.attentionMask.assign(encoding.size(), 1);
  encoding.specialTokensMask.assign(encoding.size(), 0);
  encoding.sequenceIds.assign(encoding.size(), sequence);
  return encoding;
}

Encoding Tokenizer::finish(std::vector<Encoding> texts, const EncodeOptions& options) const {
  if (options.truncation) {
    Truncation truncation = *options.truncation;
    const std::size_t added = options.addSpecialTokens ? addedTokens(texts.size() == 2) : 0;
    if (added > truncation.maxLength)
      throw Error(ErrorKind::kInvalidInput,
                  "truncation: {} tokens have no room for {} special ones", truncation.maxLength,
                  added);
    truncation.maxLength -= static_cast<std::uint32_t>(added);
    truncateEncodings(texts[0], texts.size() == 2 ? &texts[1] : nullptr, truncation);
  }
  if (parts_->postProcessor) parts_->postProcessor->apply(texts, options.addSpecialTokens);
  Encoding whole;
  for (const Encoding& text : texts) whole.append(text);
  // Joining starts from nothing, which has no overflowing pieces of its own to combine with.
  if (texts.size() == 1) whole.overflowing = std::move(texts[0].overflowing);
  return whole;
}

Encoding Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  std::vector<Encoding> batch{finish({encodeOne(text, 0, -1)}, options)};
  if (options.padding) padEncodings(batch, *options.padding);
  return std::move(batch[0]);
}

Encoding Tokenizer::encodePair(std::string_view first, std::string_view second,
                               const EncodeOptions& options) const {
  std::vector<Encoding> batch{finish({encodeOne(first, 0, -1), encodeOne(second, 1, -1)}, options)};
  if (options.padding) padEncodings(batch, *options.padding);
  return std::move(batch[0]);
}

Encoding Tokenizer::encodeWords(std::span<const std::string> words,
                                const EncodeOptions& options) const {
  Encoding text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text.append(encodeOne(words[i], 0, static_cast<std::int32_t>(i)));
  std::vector<Encoding> batch{finish({std::move(text)}, options)};
  if (options.padding) padEncodings(batch, *options.padding);
  return std::move(batch[0]);
}

std::vector<Encoding> Tokenizer::encodeBatch(std::span<const std::string> texts,
                                             const EncodeOptions& options) const {
  EncodeOptions each = options;
  each.padding.reset();
  std::vector<Encoding> batch;
  batch.reserve(texts.size());
  for (const std::string& text : texts) batch.push_back(encode(text, each));
  if (options.padding) padEncodings(batch, *options.padding);
  return batch;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool skipSpecialTokens,
                              std::optional<bool> cleanUp) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const TokenId id : ids) {
    auto token = tokenOf(id);
    if (!token || (skipSpecialTokens && parts_->added.isSpecial(*token))) continue;
    tokens.push_back(std::move(*token));
  }
  std::string text = joinTokens(std::move(tokens));
  const bool cleans = cleanUp.value_or(parts_->settings.cleansUpSpaces);
  return cleans && !parts_->model->keepsSpaces() ? cleanUpSpaces(std::move(text)) : text;
}

std::string Tokenizer::joinTokens(std::vector<std::string> tokens) const {
  std::string text;
  if (parts_->decoder) {
    parts_->decoder->apply(tokens);
    for (const std::string& token : tokens) text += token;
  } else {
    for (std::size_t i = 0; i < tokens.size(); ++i) text += (i > 0 ? " " : "") + tokens[i];
  }
  return text;
}

std::optional<TokenId> Tokenizer::idOf(std::string_view token) const {
  return parts_->idOf(token);
}

std::optional<std::string> Tokenizer::tokenOf(TokenId id) const {
  auto token = parts_->added.token(id);
  if (!token) token = parts_->model->tokenOf(id);
  if (!token) return std::nullopt;
  return std::string(*token);
}

std::size_t Tokenizer::vocabSize() const {
  std::size_t size = parts_->model->size();
  for (const auto& [id, token] : parts_->added.all())
    if (!parts_->model->idOf(token.content)) ++size;
  return size;
}

bool Tokenizer::isSpecial(TokenId id) const {
  const auto token = tokenOf(id);
  return token && parts_->added.isSpecial(*token);
}

std::vector<TokenId> Tokenizer::specialIds() const {
  std::vector<TokenId> ids;
  for (const auto& [id, token] : parts_->added.all())
    if (token.special) ids.push_back(id);
  return ids;
}

std::string_view Tokenizer::continuingPrefix() const {
  return parts_->model->continuingPrefix();
}

std::size_t Tokenizer::addedTokens(bool pair) const {
  return parts_->postProcessor ? parts_->postProcessor->addedTokens(pair) : 0;
}

const TokenizerSettings& Tokenizer::settings() const {
  return parts_->settings;
}

std::optional<std::string> Tokenizer::specialToken(std::string_view role) const {
  const auto found = parts_->settings.specialTokens.find(role);
  if (found == parts_->settings.specialTokens.end()) return std::nullopt;
  return found->second;
}

std::optional<TokenId> Tokenizer::specialId(std::string_view role) const {
  const auto token = specialToken(role);
  return token ? idOf(*token) : std::nullopt;
}

const std::optional<Truncation>& Tokenizer::fileTruncation() const {
  return parts_->truncation;
}
const std::optional<Padding>& Tokenizer::filePadding() const {
  return parts_->padding;
}

}  // namespace orrery::tokenizers
