// Any bytes as the fields of an answer: a status, then lines of "Name: value".

#include "core/hub/gate.h"
#include "core/hub/http_fetch.h"
#include "core/hub/paging.h"
#include "core/hub/url.h"
#include "tests/fuzz/support.h"

using namespace orrery;

namespace {

constexpr const char* kHub = "https://hub.test";

hub::Response responseOf(std::string_view text) {
  hub::Response response;
  response.path.last.url = "https://hub.test/api/models?search=a";
  for (bool first = true; !text.empty(); first = false) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto colon = line.find(": ");
    if (first)
      response.path.last.status = static_cast<int>(hub::parseNumber(line).value_or(200) % 1000);
    else if (colon != line.npos)
      response.path.last.headers.add(std::string(line.substr(0, colon)),
                                     std::string(line.substr(colon + 2)));
  }
  return response;
}

void checkAddresses(const hub::Response& response) {
  fuzz::allowError([&] {
    const std::string next = hub::nextPage(response, kHub);
    if (!next.empty() && hub::originOf(next) != hub::originOf(kHub)) std::abort();
  });
  const auto location = response.path.last.headers.find("Location");
  if (!location) return;
  if (const auto url = hub::resolvedUrl(response.path.last.url, *location))
    if (hub::originOf(*url) && hub::shownUrl(*url).find('?') != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const hub::Response response = responseOf(fuzz::textOf(data, size));
  const hub::Headers& headers = response.path.last.headers;
  checkAddresses(response);
  if (const auto field = headers.find("Content-Range"))
    if (const auto range = hub::parseContentRange(*field))
      if (range->range.begin >= range->range.end ||
          (range->total && *range->total < range->range.end))
        std::abort();
  if (const auto wait = hub::waitAskedFor(headers); wait && wait->count() < 0) std::abort();
  const auto delay = hub::delayBefore(1, &headers, std::chrono::milliseconds(500));
  if (delay && delay->count() < 0) std::abort();
  if (const auto etag = headers.find("ETag"))
    if (hub::normalizedEtag(*etag).size() > etag->size()) std::abort();
  if (const auto gate = hub::gateOf(response.path.last))
    if (hub::gateName(*gate).empty() || hub::gateSentence(*gate).empty()) std::abort();
  const Error error = hub::statusError(response.path, "org/name");
  if (std::string_view(error.what()).find('\n') != std::string_view::npos) std::abort();
  return 0;
}
