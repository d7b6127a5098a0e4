#include "core/hub/gate.h"

#include <string>

namespace orrery::hub {

std::optional<Gate> gateOf(const ResponseHead& response) {
  if (response.headers.find("X-Error-Code") != "GatedRepo") return std::nullopt;
  if (response.status == 401) return Gate::kNoToken;
  // Only the hub's words tell the other three apart.
  const std::string message = response.headers.find("X-Error-Message").value_or("");
  const auto says = [&](const char* word) { return message.find(word) != message.npos; };
  if (says("awaiting") || says("pending")) return Gate::kWaiting;
  if (says("rejected") || says("denied")) return Gate::kDenied;
  return Gate::kLicence;
}

std::string_view gateName(Gate gate) {
  switch (gate) {
    case Gate::kNoToken:
      return "no_token";
    case Gate::kLicence:
      return "licence";
    case Gate::kWaiting:
      return "waiting";
    case Gate::kDenied:
      return "denied";
  }
  return "";
}

std::string_view gateSentence(Gate gate) {
  switch (gate) {
    case Gate::kNoToken:
      return "is gated and nobody is logged in: log in with orrery-cli hub login";
    case Gate::kLicence:
      return "is gated and this account has not accepted its licence: accept it on the model's "
             "page";
    case Gate::kWaiting:
      return "is gated and its authors have not answered this account's request yet: wait for "
             "their message";
    case Gate::kDenied:
      return "is gated and its authors refused this account: use another account or another model";
  }
  return "";
}

}  // namespace orrery::hub
