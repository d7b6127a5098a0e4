#include "core/tokenizers/token_bytes.h"

#include <cctype>
#include <optional>

#include "core/base/utf8.h"

namespace orrery::tokenizers {
namespace {

/// The byte that a character stands for in byte-level vocabularies: printable Latin-1 stands for
/// itself, the others follow from U+0100 on in their order.
std::optional<char> byteLevelByte(char32_t c) {
  const auto printable = [](char32_t b) {
    return (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
  };
  if (c < 0x100) return printable(c) ? std::optional(static_cast<char>(c)) : std::nullopt;
  char32_t next = 0x100;
  for (char32_t b = 0; b < 0x100; ++b)
    if (!printable(b) && next++ == c) return static_cast<char>(b);
  return std::nullopt;
}

std::optional<std::string> byteLevelBytes(std::string_view token) {
  std::string bytes;
  for (std::size_t at = 0; at < token.size();) {
    const auto byte = byteLevelByte(utf8::next(token, at));
    if (!byte) return std::nullopt;
    bytes.push_back(*byte);
  }
  return bytes;
}

/// The byte of "<0x0A>".
std::optional<std::string> fallbackByte(std::string_view token) {
  const auto isHex = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>' || !isHex(token[3]) ||
      !isHex(token[4]))
    return std::nullopt;
  return std::string(1, static_cast<char>(std::stoi(std::string(token.substr(3, 2)), nullptr, 16)));
}

bool decodesTo(const Tokenizer& tokenizer, std::string_view token, std::string_view text) {
  const auto id = tokenizer.idOf(token);
  return id && tokenizer.decode(std::vector<TokenId>{*id}) == text;
}

}  // namespace

std::function<std::string(TokenId)> tokenBytesOf(std::shared_ptr<const Tokenizer> tokenizer) {
  const bool byteLevel = decodesTo(*tokenizer, "\u010A", "\n");
  const bool byteFallback = decodesTo(*tokenizer, "<0x41>", "A");
  // A token in the middle of a text: decoded after some other, which is then taken off.
  const std::string before = "abcdef";
  auto context = tokenizer->encode(before, {.addSpecialTokens = false}).ids;
  return [=](TokenId id) -> std::string {
    const std::string token = tokenizer->tokenOf(id).value_or("");
    if (byteLevel)
      if (auto bytes = byteLevelBytes(token)) return *bytes;
    if (byteFallback)
      if (auto byte = fallbackByte(token)) return *byte;
    auto ids = context;
    ids.push_back(id);
    const std::string text = tokenizer->decode(ids, /*skipSpecialTokens=*/false, /*cleanUp=*/false);
    const auto found = text.find(before);
    return found == text.npos ? token : text.substr(found + before.size());
  };
}

}  // namespace orrery::tokenizers
