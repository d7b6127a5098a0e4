#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/protocol/arrays.h"
#include "core/protocol/fields.h"
#include "core/protocol/framer.h"

/// JSON-RPC 2.0 around the messages: what a JSON frame holds.
namespace orrery::protocol {

/// A request (method and id), a notification (method only) or an answer (id, and result or error).
struct Envelope {
  Json id;             ///< integer or string; null in a notification
  std::string method;  ///< empty in an answer
  Json params = Json::object();
  Json result;
  std::optional<Error> error;
  std::shared_ptr<const Arrays> arrays;  ///< that the result refers to

  bool isRequest() const { return !method.empty() && !id.is_null(); }
  bool isNotification() const { return !method.empty() && id.is_null(); }
  bool isAnswer() const { return method.empty(); }

  /// The parameters as P, whose kMethod this is; errors name method and field.
  template <Message P>
  P paramsAs() const {
    return readMessage<P>(params, method);
  }
  /// The result of a request P.
  template <Message P>
  typename P::Result resultAs() const {
    auto value = readMessage<typename P::Result>(result, std::string(P::kMethod) + " result");
    attachArrays(value, arrays);
    return value;
  }
};

/// Reads a JSON frame's content. Throws an Error of kind kProtocol for what is no JSON-RPC 2.0
/// message; an error object becomes an Error of the kind it names.
Envelope parseEnvelope(std::string_view content);

/// Frames, ready to be written.
std::string requestFrame(const Json& id, std::string_view method, Json params);
std::string notificationFrame(std::string_view method, Json params);
std::string resultFrame(const Json& id, Json result);
/// `id` is null if the request could not be read.
std::string errorFrame(const Json& id, const Error& error);

template <Message P>
std::string requestFrame(const Json& id, const P& params) {
  return requestFrame(id, P::kMethod, toJson(params));
}
template <Message P>
std::string notificationFrame(const P& params) {
  return notificationFrame(P::kMethod, toJson(params));
}

}  // namespace orrery::protocol
