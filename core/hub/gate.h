#pragma once

#include <optional>
#include <string_view>

#include "core/hub/http_message.h"

namespace orrery::hub {

/// Why a gated repository's files are not to be had.
enum class Gate {
  kNoToken,  ///< nobody is logged in
  kLicence,  ///< the account has not accepted the licence
  kWaiting,  ///< it has, and the authors have not answered
  kDenied,   ///< they said no
};

/// Nothing if the response is no refusal of a gated repository.
std::optional<Gate> gateOf(const ResponseHead& response);

/// "no_token", "licence", "waiting", "denied".
std::string_view gateName(Gate gate);

/// What it means and the one next step, to stand behind the repository's name.
std::string_view gateSentence(Gate gate);

}  // namespace orrery::hub
