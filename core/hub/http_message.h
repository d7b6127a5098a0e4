#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orrery::hub {

/// Header fields in the order of the message; names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// The first field of that name.
  std::optional<std::string> find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Bytes [begin, end) of a file.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const { return end - begin; }
  bool operator==(const ByteRange&) const = default;
};

/// The numbers of `Content-Range: bytes 0-99/1000`.
struct ContentRange {
  ByteRange range;
  std::optional<std::uint64_t> total;  ///< empty for `*`
};

/// Nothing if the value is of another form or contradicts itself.
std::optional<ContentRange> parseContentRange(std::string_view value);

/// A whole decimal number that fits 64 bits.
std::optional<std::uint64_t> parseNumber(std::string_view text);

/// How long a server asks to wait: `Retry-After` in seconds or as a date, or the reset of a spent
/// `RateLimit`. Nothing if it does not say.
std::optional<std::chrono::seconds> waitAskedFor(const Headers& headers);

/// An ETag as a file name: without weakness mark and quotes.
std::string normalizedEtag(std::string_view etag);

struct Request {
  std::string method = "GET";  ///< GET, HEAD or POST
  std::string url;
  Headers headers;
  std::string body;                ///< of a POST, as JSON
  std::optional<ByteRange> range;  ///< as a Range field
  bool withToken = true;           ///< send the token, if there is one and the address is the hub's
  bool compressed = false;         ///< offer compression; bodies are always passed on decoded
  bool followRedirects = true;
  std::chrono::seconds totalTimeout{0};  ///< for all of it; 0: only stalls end it
};

/// A transfer that its totalTimeout ended may have ended so much earlier: libcurl's timers do.
inline constexpr std::chrono::milliseconds kTimerSlack{500};

/// Status line and fields of one response.
struct ResponseHead {
  int status = 0;
  Headers headers;
  std::string url;  ///< that answered
};

/// The whole way of a request: responses that redirected, and the one that it ended with.
struct ResponsePath {
  std::vector<ResponseHead> redirects;
  ResponseHead last;

  /// Of the first response that has the field: what the hub says of a file comes before the
  /// redirect to where its bytes are.
  std::optional<std::string> find(std::string_view header) const;
};

}  // namespace orrery::hub
