#include "core/tokenizers/text/byte_alphabet.h"

#include <array>

#include "core/base/utf8.h"

namespace orrery::tokenizers::byte_alphabet {
namespace {

constexpr bool isVisible(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr int kHidden = 68;  // bytes that are not visible, written as the characters from 256 on

struct Tables {
  std::array<char32_t, 256> chars{};
  std::array<int, 256 + kHidden> bytes{};

  constexpr Tables() {
    for (int& byte : bytes) byte = -1;
    char32_t next = 256;
    for (int byte = 0; byte < 256; ++byte) {
      const auto index = static_cast<std::size_t>(byte);
      chars[index] = isVisible(byte) ? static_cast<char32_t>(byte) : next++;
      bytes[chars[index]] = byte;
    }
  }
};

constexpr Tables kTables;

}  // namespace

char32_t charOf(unsigned char byte) {
  return kTables.chars[byte];
}

std::optional<unsigned char> byteOf(char32_t c) {
  if (c >= kTables.bytes.size() || kTables.bytes[c] < 0) return std::nullopt;
  return static_cast<unsigned char>(kTables.bytes[c]);
}

std::string spelled(std::string_view bytes) {
  std::string result;
  for (const char byte : bytes) utf8::append(result, charOf(static_cast<unsigned char>(byte)));
  return result;
}

std::optional<std::string> bytesOf(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = byteOf(utf8::next(text, at));
    if (!byte) return std::nullopt;
    result += static_cast<char>(*byte);
  }
  return result;
}

}  // namespace orrery::tokenizers::byte_alphabet
