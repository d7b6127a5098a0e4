#pragma once

#include <string>
#include <string_view>

#include "core/hub/http_fetch.h"

namespace orrery::hub {

/// The address that a `Link` field gives with rel="next"; empty if none.
std::string nextLink(std::string_view field);

/// The address of the page behind this one; empty: it is the last. An Error if that is no address
/// of `endpoint`: the server may not send us elsewhere with a list's next page.
std::string nextPage(const Response& response, const std::string& endpoint);

}  // namespace orrery::hub
