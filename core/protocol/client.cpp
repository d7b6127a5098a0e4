#include "core/protocol/client.h"

namespace orrery::protocol {

Client::Client(int in, int out, OnNotification onNotification)
    : writer_(out),
      onNotification_(std::move(onNotification)),
      reader_(in),
      thread_([this] { readAll(); }) {}

Client::~Client() {
  thread_.join();
}

InitializeResult Client::initialize(const std::string& client) {
  auto engine = call(InitializeParams{.client = client});
  if (engine.protocol != kProtocolVersion)
    throw Error(ErrorKind::kProtocol, "the engine speaks version {} of the protocol, expected {}",
                engine.protocol, kProtocolVersion);
  return engine;
}

void Client::cancel(RequestId id) {
  writer_.write(notificationFrame(CancelParams{.id = id}));
}

void Client::readAll() {
  try {
    while (auto frame = reader_.read()) receive(std::move(*frame));
    end("the engine has gone");
  } catch (const Error& error) {
    end(error.what());
  }
}

void Client::receive(Frame frame) {
  if (!frame.isMessage()) return inbox_.keep(std::move(frame));
  Envelope message = parseEnvelope(frame.content);
  if (message.isNotification() && onNotification_) onNotification_(message);
  if (!message.isAnswer()) return;
  if (!message.id.is_number_integer())  // the engine could not read what it was sent
    throw message.error.value_or(Error(ErrorKind::kProtocol, std::string("an answer without id")));
  message.arrays = inbox_.take(message.id.get<RequestId>(), message.result);
  std::lock_guard lock(mutex_);
  answers_.insert_or_assign(message.id.get<RequestId>(), std::move(message));
  arrived_.notify_all();
}

void Client::end(const std::string& reason) {
  std::lock_guard lock(mutex_);
  ended_ = reason;
  arrived_.notify_all();
}

Envelope Client::take(RequestId id) {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [&] { return ended_ || answers_.contains(id); });
  const auto found = answers_.find(id);
  if (found == answers_.end()) throw Error(ErrorKind::kProtocol, *ended_);
  Envelope answer = std::move(found->second);
  answers_.erase(found);
  if (answer.error) throw *answer.error;
  return answer;
}

}  // namespace orrery::protocol
