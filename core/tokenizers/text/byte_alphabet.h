#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The alphabet of byte-level vocabularies: every byte is written as one visible character.
namespace orrery::tokenizers::byte_alphabet {

/// The character that stands for `byte`.
char32_t charOf(unsigned char byte);

/// The byte that `c` stands for; nothing if it stands for none.
std::optional<unsigned char> byteOf(char32_t c);

/// Every byte of `bytes` as its character.
std::string spelled(std::string_view bytes);

/// The bytes behind `text`; nothing if a character stands for none.
std::optional<std::string> bytesOf(std::string_view text);

}  // namespace orrery::tokenizers::byte_alphabet
