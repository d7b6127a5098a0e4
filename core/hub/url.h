#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orrery::hub {

/// `text` with everything but letters, digits, `-_.~` and the characters of `keep` as %XX.
std::string percentEncoded(std::string_view text, std::string_view keep = {});

/// Scheme, host and port of an http(s) address, "https://host:443"; nothing if it is none.
std::optional<std::string> originOf(const std::string& url);

/// What `reference` names when it stands in a document at `base`; nothing if it is no address.
std::optional<std::string> resolvedUrl(const std::string& base, const std::string& reference);

/// The address for a message: without user and query, where signatures are.
std::string shownUrl(const std::string& url);

}  // namespace orrery::hub
