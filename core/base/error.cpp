#include "core/base/error.h"

#include <array>

#include "core/base/utf8.h"

namespace orrery {
namespace {

constexpr std::array<std::pair<ErrorKind, std::string_view>, 8> kNames{{
    {ErrorKind::kInvalidInput, "invalid_input"},
    {ErrorKind::kNotFound, "not_found"},
    {ErrorKind::kUnsupported, "unsupported"},
    {ErrorKind::kIo, "io"},
    {ErrorKind::kOutOfMemory, "out_of_memory"},
    {ErrorKind::kCancelled, "cancelled"},
    {ErrorKind::kProtocol, "protocol"},
    {ErrorKind::kInternal, "internal"},
}};

}  // namespace

std::string_view errorKindName(ErrorKind kind) {
  for (const auto& [value, name] : kNames)
    if (value == kind) return name;
  return "internal";
}

ErrorKind errorKindFromName(std::string_view name) {
  for (const auto& [value, known] : kNames)
    if (known == name) return value;
  return ErrorKind::kInternal;
}

Error::Error(ErrorKind kind, std::string message) : kind_(kind), text_(std::move(message)) {}

Error& Error::in(std::string_view context) & {
  text_ = fmt::format("{}: {}", context, text_);
  return *this;
}

Error&& Error::in(std::string_view context) && {
  in(context);
  return std::move(*this);
}

std::string quoted(std::string_view text, std::size_t limit) {
  std::string result = "\"";
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t before = at;
    const char32_t c = utf8::next(text, at);
    if (result.size() + (at - before) > limit) {
      result += "…";
      break;
    }
    if (c < 0x20 || c == 0x7f)
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else if (c == '"' || c == '\\')
      (result += '\\') += static_cast<char>(c);
    else
      utf8::append(result, c);
  }
  return result += '"';
}

}  // namespace orrery
