#include "core/protocol/framer.h"

#include <algorithm>
#include <charconv>

#include "core/base/error.h"

namespace orrery::protocol {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeaderEnd = "\r\n\r\n";

template <class... Args>
Error broken(fmt::format_string<Args...> text, Args&&... args) {
  return Error(ErrorKind::kProtocol, fmt::format(text, std::forward<Args>(args)...))
      .in("protocol frame");
}

std::string lowered(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The media type without parameters; language servers' name for JSON is accepted too.
std::string mediaType(std::string_view value) {
  std::string type = lowered(trimmed(value.substr(0, value.find(';'))));
  if (type == "application/vscode-jsonrpc") type = kJsonType;
  if (type != kJsonType && type != kSafetensorsType)
    throw broken("Content-Type is {}, expected {} or {}", quoted(value), kJsonType,
                 kSafetensorsType);
  return type;
}

std::size_t contentLength(std::string_view value) {
  std::size_t length = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (failure != std::errc{} || end != value.data() + value.size())
    throw broken("Content-Length is {}, expected a number of bytes", quoted(value));
  return length;
}

}  // namespace

std::string encode(const Frame& frame) {
  std::string bytes = fmt::format("Content-Length: {}\r\n", frame.content.size());
  if (!frame.isMessage()) {
    bytes += fmt::format("Content-Type: {}\r\n", frame.type);
    bytes += fmt::format("Content-Id: {}\r\n", frame.id);
  }
  bytes += kLineEnd;
  return bytes += frame.content;
}

void Framer::append(std::string_view bytes) {
  if (!broken_) buffer_ += bytes;
}

std::optional<Frame> Framer::next() {
  if (broken_) throw Error(ErrorKind::kProtocol, *broken_);
  try {
    if (!header_) header_ = takeHeader();
  } catch (const Error& error) {
    broken_ = error.what();
    buffer_.clear();
    start_ = 0;
    throw;
  }
  if (!header_ || buffer_.size() - start_ < header_->length) return std::nullopt;
  Frame frame{std::move(header_->type), std::move(header_->id),
              buffer_.substr(start_, header_->length)};
  drop(header_->length);
  header_.reset();
  return frame;
}

std::optional<Framer::Header> Framer::takeHeader() {
  const std::string_view rest = std::string_view(buffer_).substr(start_);
  // The end may straddle what was looked at before: go back by all but one of its bytes.
  const std::size_t from = scanned_ - std::min(scanned_, kHeaderEnd.size() - 1);
  const auto end = rest.substr(0, limits_.header).find(kHeaderEnd, from);
  if (end == rest.npos) {
    if (rest.size() >= limits_.header)
      throw broken("no end of header within {} bytes", limits_.header);
    scanned_ = rest.size();
    return std::nullopt;
  }
  Header header = parseHeader(rest.substr(0, end));
  drop(end + kHeaderEnd.size());
  return header;
}

Framer::Header Framer::parseHeader(std::string_view block) const {
  Header header;
  std::optional<std::size_t> length;
  while (!block.empty()) {
    const auto end = std::min(block.find(kLineEnd), block.size());
    const std::string_view line = block.substr(0, end);
    block.remove_prefix(std::min(block.size(), end + kLineEnd.size()));
    const auto colon = line.find(':');
    if (colon == line.npos) throw broken("header line {} has no colon", quoted(line));
    const std::string name = lowered(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "content-length") {
      if (length) throw broken("two Content-Length headers");
      length = contentLength(value);
    } else if (name == "content-type") {
      header.type = mediaType(value);
    } else if (name == "content-id") {
      header.id = value;
    }  // other headers are ignored, so that later versions may add some
  }
  if (!length) throw broken("no Content-Length header");
  const bool message = header.type == kJsonType;
  const std::size_t limit = message ? limits_.message : limits_.binary;
  if (*length > limit) throw broken("Content-Length is {}, the limit is {} bytes", *length, limit);
  if (!message && header.id.empty()) throw broken("binary frame without Content-Id");
  header.length = *length;
  return header;
}

void Framer::drop(std::size_t bytes) {
  start_ += bytes;
  scanned_ = 0;
  // Moving the rest to the front only when most is used up keeps the total cost linear.
  if (start_ == buffer_.size() || start_ > (1u << 16)) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
}

}  // namespace orrery::protocol
