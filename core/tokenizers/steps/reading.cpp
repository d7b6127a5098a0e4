#include "core/tokenizers/steps/reading.h"

#include "core/base/utf8.h"

namespace orrery::tokenizers {

char32_t readChar(const JsonField& section, std::string_view key) {
  const auto text = section.require<std::string>(key);
  const std::u32string chars = utf8::decode(text);
  if (chars.size() != 1)
    throw section[key].error(fmt::format("expected one character, found {}", orrery::quoted(text)));
  return chars[0];
}

Regex readPattern(const JsonField& section, std::string_view key) {
  const JsonField pattern = section[key];
  if (pattern.has("String")) return Regex::literal(pattern.require<std::string>("String"));
  if (!pattern.has("Regex"))
    throw pattern.error(fmt::format("expected {{\"String\": …}} or {{\"Regex\": …}}, found {}",
                                    jsonExcerpt(pattern.json())));
  const JsonField regex = pattern["Regex"];
  return withContext(regex.name(), [&] { return Regex(regex.as<std::string>()); });
}

SplitBehavior readBehavior(const JsonField& section, std::string_view key) {
  const auto name = section.require<std::string>(key);
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  throw section[key].error(fmt::format(
      "expected Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous, found {}",
      orrery::quoted(name)));
}

std::uint32_t readCount(const JsonField& section, std::string_view key) {
  const int value = section.require<int>(key);
  if (value < 0) throw section[key].error(fmt::format("expected a count, found {}", value));
  return static_cast<std::uint32_t>(value);
}

void unknownType(const JsonField& section, const std::string& type) {
  throw Error(ErrorKind::kUnsupported, "unknown type {}", orrery::quoted(type)).in(section.name());
}

}  // namespace orrery::tokenizers
