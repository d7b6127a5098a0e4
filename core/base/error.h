#pragma once

#include <fmt/format.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace orrery {

/// What went wrong, for a program; the message is for a person.
enum class ErrorKind {
  kInvalidInput,  ///< a file, setting or request says something that cannot be used
  kNotFound,      ///< a file, tensor, model or setting that was asked for is not there
  kUnsupported,   ///< valid, but not something this program does
  kIo,            ///< the system refused to read or write
  kOutOfMemory,   ///< the work does not fit
  kCancelled,     ///< the user asked to stop
  kProtocol,      ///< the other end broke the protocol or went away
  kInternal,      ///< a defect of this program or of a library
};

/// Stable name of a kind, as the protocol carries it: "invalid_input", "not_found", …
std::string_view errorKindName(ErrorKind kind);

/// The kind with that name; kInternal if no kind has it.
ErrorKind errorKindFromName(std::string_view name);

/// The one exception type of Orrery. Its text is a single line: where, what, and what was expected.
///
///     throw Error(ErrorKind::kInvalidInput, "header length is {}, but the file has {} bytes", n,
///     size)
///         .in("model.safetensors");          // "model.safetensors: header length is …"
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message);

  template <class First, class... Rest>
  Error(ErrorKind kind, fmt::format_string<First, Rest...> text, First&& first, Rest&&... rest)
      : Error(kind, fmt::format(text, std::forward<First>(first), std::forward<Rest>(rest)...)) {}

  /// Adds an outer context (a file, a field, a tensor) in front of those already there.
  Error& in(std::string_view context) &;
  Error&& in(std::string_view context) &&;

  ErrorKind kind() const noexcept { return kind_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  ErrorKind kind_;
  std::string text_;
};

/// Makes any text fit one line of an error message: control characters are escaped, invalid UTF-8
/// is replaced, and what exceeds `limit` bytes is cut with an ellipsis.
std::string quoted(std::string_view text, std::size_t limit = 80);
/// The same; without these overloads, argument-dependent lookup would find std::quoted.
inline std::string quoted(const std::string& text, std::size_t limit = 80) {
  return quoted(std::string_view(text), limit);
}
inline std::string quoted(std::string& text, std::size_t limit = 80) {
  return quoted(std::string_view(text), limit);
}
inline std::string quoted(const char* text, std::size_t limit = 80) {
  return quoted(std::string_view(text), limit);
}

/// Runs `body` and adds `context` to an Error that leaves it.
template <class Body>
decltype(auto) withContext(std::string_view context, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (Error& error) {
    error.in(context);
    throw;
  }
}

}  // namespace orrery
