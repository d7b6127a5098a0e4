#include "core/hub/paging.h"

#include "core/hub/url.h"

namespace orrery::hub {

std::string nextLink(std::string_view field) {
  while (!field.empty()) {
    const auto begin = field.find('<');
    const auto end = field.find('>', begin == field.npos ? field.size() : begin);
    if (end == field.npos) return "";
    // Parameters reach to the next address; one in quotes may hold a comma but no "<".
    const auto rest = field.substr(end + 1, field.find('<', end) - (end + 1));
    if (rest.find("rel=\"next\"") != rest.npos || rest.find("rel=next") != rest.npos)
      return std::string(field.substr(begin + 1, end - begin - 1));
    field.remove_prefix(end + 1);
  }
  return "";
}

std::string nextPage(const Response& response, const std::string& endpoint) {
  const std::string& page = response.path.last.url;
  const auto field = response.path.last.headers.find("Link");
  const std::string link = field ? nextLink(*field) : "";
  if (link.empty()) return "";
  const auto url = resolvedUrl(page, link);
  if (!url || originOf(*url) != originOf(endpoint))
    throw Error(ErrorKind::kProtocol, "the next page is at {}, expected an address of {}",
                quoted(link), endpoint)
        .in(shownUrl(page));
  return *url;
}

}  // namespace orrery::hub
