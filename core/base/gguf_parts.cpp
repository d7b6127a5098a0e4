#include "core/base/gguf_parts.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace orrery {

std::vector<std::string> ggufParts(const std::string& file) {
  constexpr std::string_view kFirst = "-00001-of-", kEnding = ".gguf";
  constexpr std::size_t kDigits = 5;
  constexpr int kMost = 1000;
  const std::size_t tail = kFirst.size() + kDigits + kEnding.size();
  if (file.size() <= tail || !file.ends_with(kEnding)) return {file};
  const std::string_view end = std::string_view(file).substr(file.size() - tail);
  if (!end.starts_with(kFirst)) return {file};
  const std::string_view digits = end.substr(kFirst.size(), kDigits);
  int count = 0;
  const auto [last, failure] = std::from_chars(digits.data(), digits.data() + kDigits, count);
  if (failure != std::errc() || last != digits.data() + kDigits || count < 1 || count > kMost)
    return {file};
  std::vector<std::string> names;
  const std::string stem = file.substr(0, file.size() - tail);
  for (int part = 1; part <= count; ++part)
    names.push_back(fmt::format("{}-{:05}-of-{}{}", stem, part, digits, kEnding));
  return names;
}

}  // namespace orrery
