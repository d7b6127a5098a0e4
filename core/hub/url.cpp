#include "core/hub/url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

#include "core/base/error.h"

namespace orrery::hub {
namespace {

/// A parsed address; null if it cannot be parsed.
using Parsed = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Parsed parse(const std::string& url) {
  Parsed parsed(curl_url(), &curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    parsed.reset();
  return parsed;
}

std::string part(const Parsed& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
  std::string result(text);
  curl_free(text);
  return result;
}

bool isPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

}  // namespace

std::string percentEncoded(std::string_view text, std::string_view keep) {
  std::string result;
  for (const char c : text)
    if (isPlain(c) || keep.find(c) != keep.npos)
      result += c;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return result;
}

std::optional<std::string> originOf(const std::string& url) {
  const Parsed parsed = parse(url);
  if (!parsed) return std::nullopt;
  const std::string scheme = part(parsed, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  std::string host = part(parsed, CURLUPART_HOST);
  for (char& c : host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return scheme + "://" + host + ":" + part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::optional<std::string> resolvedUrl(const std::string& base, const std::string& reference) {
  const Parsed parsed = parse(base);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, reference.c_str(), 0) != CURLUE_OK)
    return std::nullopt;
  curl_url_set(parsed.get(), CURLUPART_FRAGMENT, nullptr, 0);
  std::string result = part(parsed, CURLUPART_URL);
  return originOf(result) ? std::optional(std::move(result)) : std::nullopt;
}

std::string shownUrl(const std::string& url) {
  const Parsed parsed = parse(url);
  if (!parsed) return "an address that cannot be read";
  for (const CURLUPart secret : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY})
    curl_url_set(parsed.get(), secret, nullptr, 0);
  return quoted(part(parsed, CURLUPART_URL), 200);
}

}  // namespace orrery::hub
