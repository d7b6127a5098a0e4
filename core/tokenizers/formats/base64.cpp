#include "core/tokenizers/formats/base64.h"

#include <cstdint>

namespace orrery::tokenizers {
namespace {

int valueOf(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

}  // namespace

std::string decodeBase64(const JsonField& field) {
  const auto text = field.as<std::string>();
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : std::string_view(text).substr(0, text.find_last_not_of('=') + 1)) {
    const int value = valueOf(c);
    if (value < 0)
      throw field.error(fmt::format("{} is no base64", orrery::quoted(std::string(1, c))));
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 0xFF);
  }
  return bytes;
}

}  // namespace orrery::tokenizers
