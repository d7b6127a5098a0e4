#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/protocol/envelope.h"
#include "core/protocol/lifecycle.h"
#include "core/protocol/stream.h"

namespace orrery::protocol {

/// The other end of a Server, for programs and tests without an event loop. Thread-safe.
///
///     Client client(fromEngine, toEngine);
///     client.initialize("my program 1.0");
///     TokenizeResult tokens = client.call(TokenizeParams{.text = "hello"});
class Client {
 public:
  using OnNotification = std::function<void(const Envelope&)>;
  using RequestId = std::int64_t;

  /// Reads `in` on a thread of its own, which also runs `onNotification`. Closes neither
  /// descriptor; `in` must end (the engine exits, or its other end is closed) for the destructor to
  /// return.
  Client(int in, int out, OnNotification onNotification = {});
  ~Client();

  /// Exchanges versions. Throws an Error of kind kProtocol if the engine speaks another.
  InitializeResult initialize(const std::string& client);

  /// Sends a request and returns its id at once.
  template <Message P>
  RequestId send(const P& params) {
    const RequestId id = nextId_++;
    writer_.write(requestFrame(id, params));
    return id;
  }
  /// Blocks for the answer to a request of P. Throws the engine's Error, or one of kind kProtocol
  /// if the engine goes away first. Once for each id.
  template <Message P>
  typename P::Result wait(RequestId id) {
    return take(id).template resultAs<P>();
  }
  template <Message P>
  typename P::Result call(const P& params) {
    return wait<P>(send(params));
  }
  /// Asks to stop a request; wait() then throws an Error of kind kCancelled.
  void cancel(RequestId id);

 private:
  void readAll();
  void receive(Frame frame);
  void end(const std::string& reason);
  Envelope take(RequestId id);

  FrameWriter writer_;
  OnNotification onNotification_;
  ArrayInbox inbox_;  ///< of the reading thread
  std::atomic<RequestId> nextId_ = 1;
  std::mutex mutex_;  ///< guards the next two
  std::map<RequestId, Envelope> answers_;
  std::optional<std::string> ended_;  ///< why no more answers will come
  std::condition_variable arrived_;
  FrameReader reader_;
  std::thread thread_;  // last: starts when all else is made
};

}  // namespace orrery::protocol
