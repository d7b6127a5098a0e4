#pragma once

#include "core/base/utf8.h"

namespace orrery::tokenizers {

template <class Use>
void NormalizedText::forEachChar(Use use) const {
  for (std::size_t at = 0; at < text_.size();) use(utf8::next(text_, at));
}

template <class Keep>
void NormalizedText::filter(Keep keep) {
  std::vector<ChangedChar> chars;
  chars.reserve(text_.size());
  int removed = 0;
  std::size_t removedFirst = 0;
  bool all = true;
  forEachChar([&](char32_t c) {
    if (!keep(c)) {
      ++removed;
      all = false;
      return;
    }
    if (chars.empty())
      removedFirst = static_cast<std::size_t>(removed);
    else
      chars.back().change = -removed;
    chars.push_back({c, 0});
    removed = 0;
  });
  if (all) return;
  if (!chars.empty()) chars.back().change = -removed;
  transform(chars, removedFirst);
}

template <class Map>
void NormalizedText::map(Map map) {
  std::vector<ChangedChar> chars;
  chars.reserve(text_.size());
  bool changed = false;
  forEachChar([&](char32_t c) {
    const char32_t mapped = map(c);
    changed = changed || mapped != c;
    chars.push_back({mapped, 0});
  });
  if (changed) transform(chars);
}

template <class IsDelimiter>
std::vector<Part> partsByChar(std::string_view text, IsDelimiter isDelimiter) {
  std::vector<Part> parts;
  std::uint32_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto from = static_cast<std::uint32_t>(at);
    if (!isDelimiter(utf8::next(text, at))) continue;
    if (begin < from) parts.push_back({{begin, from}, false});
    begin = static_cast<std::uint32_t>(at);
    parts.push_back({{from, begin}, true});
  }
  if (begin < text.size() || parts.empty())
    parts.push_back({{begin, static_cast<std::uint32_t>(text.size())}, false});
  return parts;
}

}  // namespace orrery::tokenizers
