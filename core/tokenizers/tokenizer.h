#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizers/encoding.h"

namespace orrery::tokenizers {

struct EncodeOptions {
  bool addSpecialTokens = true;            ///< those the model expects around a text
  std::optional<Truncation> truncation{};  ///< nothing: a text of any length
  std::optional<Padding> padding{};
};

/// The tokens that have a role, by the names of tokenizer_config.json: bos_token, eos_token,
/// pad_token, unk_token, sep_token, cls_token, mask_token, and what else ends in _token.
using SpecialTokens = std::map<std::string, std::string, std::less<>>;

/// Settings that come with a tokenizer but do not change how it encodes.
struct TokenizerSettings {
  SpecialTokens specialTokens;
  std::optional<std::int64_t> modelMaxLength;  ///< tokens; nothing if no limit is known
  bool cleansUpSpaces = false;                 ///< decode() takes odd spaces out by default
  Side paddingSide = Side::kRight;
  Side truncationSide = Side::kRight;
  std::vector<std::string> modelInputNames;  ///< inputs that the model is given; empty: not said
};

/// Text to tokens and back, as the reference's fast tokenizers do it. Immutable; may be shared by
/// threads.
///
///     const auto tokenizer = Tokenizer::load("models/SmolLM2-135M-Instruct");
///     const Encoding encoding = tokenizer->encode("Hello");
///     const std::string text = tokenizer->decode(encoding.ids);
class Tokenizer {
 public:
  struct Parts;  // what it is assembled of (parts.h)

  /// The tokenizer of a checkpoint folder (tokenizer.json, else a sentencepiece model, else
  /// vocab.json and merges.txt, else vocab.txt), of one such file, or of a GGUF file. Errors name
  /// file and field.
  static std::shared_ptr<const Tokenizer> load(const std::filesystem::path& path);

  /// The tokenizer that a tokenizer.json describes; `source` names it in errors. `config` is the
  /// content of tokenizer_config.json, if there is one.
  static std::shared_ptr<const Tokenizer> fromJson(const Json& json, const std::string& source,
                                                   const Json* config = nullptr);

  explicit Tokenizer(Parts parts);
  ~Tokenizer();

  /// Tokens of one text. Invalid UTF-8 counts as U+FFFD. An Error if the text has a character that
  /// the vocabulary has no way to write, or if it cannot be truncated as asked.
  Encoding encode(std::string_view text, const EncodeOptions& options = {}) const;
  /// Tokens of two texts that belong together.
  Encoding encodePair(std::string_view first, std::string_view second,
                      const EncodeOptions& options = {}) const;
  /// Tokens of words that are already separate; each word keeps its number.
  Encoding encodeWords(std::span<const std::string> words, const EncodeOptions& options = {}) const;
  /// Each text by itself, padded together.
  std::vector<Encoding> encodeBatch(std::span<const std::string> texts,
                                    const EncodeOptions& options = {}) const;

  /// The text of `ids`. Ids without a token are left out. `cleanUp`: take odd spaces out; by
  /// default as the tokenizer's configuration says. Byte pair encodings keep theirs.
  std::string decode(std::span<const TokenId> ids, bool skipSpecialTokens = false,
                     std::optional<bool> cleanUp = std::nullopt) const;

  /// The text of tokens that are spelled out, as decode() joins them.
  std::string joinTokens(std::vector<std::string> tokens) const;

  std::optional<TokenId> idOf(std::string_view token) const;
  std::optional<std::string> tokenOf(TokenId id) const;
  /// Number of tokens, the added ones included.
  std::size_t vocabSize() const;
  /// Whether decode() may leave this token out.
  bool isSpecial(TokenId id) const;
  /// Ids that decode() may leave out.
  std::vector<TokenId> specialIds() const;
  /// What the pieces of a word but the first begin with ("##"); empty if nothing marks them.
  std::string_view continuingPrefix() const;
  /// Number of special tokens that encode() adds.
  std::size_t addedTokens(bool pair) const;

  const TokenizerSettings& settings() const;
  /// The token with a role ("bos_token", …), or nothing.
  std::optional<std::string> specialToken(std::string_view role) const;
  std::optional<TokenId> specialId(std::string_view role) const;
  std::optional<TokenId> bosId() const { return specialId("bos_token"); }
  std::optional<TokenId> eosId() const { return specialId("eos_token"); }
  std::optional<TokenId> padId() const { return specialId("pad_token"); }
  std::optional<TokenId> unknownId() const { return specialId("unk_token"); }
  std::optional<TokenId> maskId() const { return specialId("mask_token"); }

  /// What tokenizer.json itself says on cutting and filling up; encode() does not do it unless
  /// asked.
  const std::optional<Truncation>& fileTruncation() const;
  const std::optional<Padding>& filePadding() const;

 private:
  Encoding encodeOne(std::string_view text, std::int32_t sequence, std::int32_t word) const;
  Encoding finish(std::vector<Encoding> texts, const EncodeOptions& options) const;

  std::unique_ptr<const Parts> parts_;
};

}  // namespace orrery::tokenizers
