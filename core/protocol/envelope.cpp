#include "core/protocol/envelope.h"

namespace orrery::protocol {
namespace {

/// JSON-RPC's numbers for what has one; the kind in `data` is what programs should look at.
int errorCode(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kProtocol:
      return -32600;
    case ErrorKind::kUnsupported:
      return -32601;
    case ErrorKind::kInvalidInput:
      return -32602;
    case ErrorKind::kInternal:
      return -32603;
    case ErrorKind::kCancelled:
      return -32800;
    default:
      return -32000;
  }
}

std::string frame(Json message) {
  message["jsonrpc"] = "2.0";
  return encode({.content = message.dump(-1, ' ', false, Json::error_handler_t::replace)});
}

Error notAMessage(std::string_view what) {
  return Error(ErrorKind::kProtocol, std::string(what)).in("JSON-RPC message");
}

Error errorFromJson(const JsonField& field) {
  const auto data = field.find("data");
  const auto kind = data ? data->get<std::string>("kind", "internal") : "internal";
  return Error(errorKindFromName(kind), field.require<std::string>("message"));
}

Envelope readEnvelope(const Json& json) {
  if (!json.is_object() || json.value("jsonrpc", Json()) != "2.0")
    throw notAMessage("expected an object with \"jsonrpc\": \"2.0\", found " + jsonExcerpt(json));
  const JsonField field(json, "JSON-RPC message");
  Envelope envelope;
  if (const auto id = field.find("id")) {
    if (!id->json().is_string() && !id->json().is_number_integer())
      throw notAMessage("id is " + jsonExcerpt(id->json()) + ", expected an integer or a string");
    envelope.id = id->json();
  }
  envelope.method = field.get<std::string>("method", "");
  if (const auto params = field.find("params")) envelope.params = params->json();
  if (const auto result = field.find("result")) envelope.result = result->json();
  if (const auto error = field.find("error")) envelope.error = errorFromJson(*error);
  const bool answers = json.contains("result") || envelope.error;
  if (envelope.isAnswer() && !answers) throw notAMessage("neither method, result nor error");
  return envelope;
}

}  // namespace

Envelope parseEnvelope(std::string_view content) {
  try {
    return readEnvelope(parseJson(content, "JSON-RPC message"));
  } catch (const Error& error) {
    throw Error(ErrorKind::kProtocol, std::string(error.what()));
  }
}

std::string requestFrame(const Json& id, std::string_view method, Json params) {
  return frame({{"id", id}, {"method", method}, {"params", std::move(params)}});
}

std::string notificationFrame(std::string_view method, Json params) {
  return frame({{"method", method}, {"params", std::move(params)}});
}

std::string resultFrame(const Json& id, Json result) {
  return frame({{"id", id}, {"result", std::move(result)}});
}

std::string errorFrame(const Json& id, const Error& error) {
  return frame({{"id", id},
                {"error",
                 {{"code", errorCode(error.kind())},
                  {"message", error.what()},
                  {"data", {{"kind", errorKindName(error.kind())}}}}}});
}

}  // namespace orrery::protocol
