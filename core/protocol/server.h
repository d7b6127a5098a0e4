#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "core/base/job.h"
#include "core/protocol/arrays.h"
#include "core/protocol/envelope.h"
#include "core/protocol/lifecycle.h"
#include "core/protocol/stream.h"

namespace orrery::protocol {

/// What a handler may do besides returning its result. Lives as long as the request.
class RequestContext {
 public:
  RequestContext(Json id, JobContext& job, FrameWriter& writer)
      : cancel(job.cancel), progress(job.progress), id_(std::move(id)), writer_(writer) {}

  CancelToken cancel;         ///< to be looked at, at least every 50 ms
  ProgressCallback progress;  ///< sends $/progress for this request

  /// Sends a partial result: a notification with a member `request`, which is filled in here.
  template <Message P>
  void notify(P partial) {
    partial.request = id_;
    writer_.write(notificationFrame(partial));
  }

  /// Sends arrays ahead of the result, whose member `arrays` must be the id that this returns.
  /// Throws an Error of kind kProtocol once the other end has gone.
  std::string sendArrays(const Arrays& arrays) { return sendArrays(arrays.encoded()); }
  /// The same with the content of a safetensors file.
  std::string sendArrays(std::string content);

 private:
  Json id_;
  FrameWriter& writer_;
  int sentArrays_ = 0;
};

/// The engine's end of the protocol: typed handlers by method. Each request runs as a Job of its
/// own, so a long one holds up neither others nor its own cancellation.
///
///     Server server({.engine = "orrery", .engineVersion = "0.1.0"}, STDOUT_FILENO);
///     server.on<TokenizeParams>([&](const TokenizeParams& params, RequestContext&) {
///       return tokenizer.encode(params.text); });
///     server.serve(STDIN_FILENO);
class Server {
 public:
  /// `self` is what initialize answers; its methods and protocol are filled in here.
  Server(InitializeResult self, int out);
  ~Server();  ///< cancels all requests and waits for them

  /// Answers requests of P by `handler`: P::Result(const P&, RequestContext&), called on a thread
  /// of its own, several at once. What it throws becomes the error answer. To be called before
  /// serve().
  template <Message P, class Handler>
  void on(Handler handler) {
    add(P::kMethod, [handler](const Envelope& request, RequestContext& context) {
      const P params = request.paramsAs<P>();
      return toJson<typename P::Result>(handler(params, context));
    });
  }

  /// Reads `in` until it ends, breaks the framing or asks for shutdown; then cancels what runs and
  /// returns without waiting for it.
  void serve(int in);

  /// Requests that have not ended yet.
  int running() const;

 private:
  using Handler = std::function<Json(const Envelope&, RequestContext&)>;
  using Running = std::map<std::string, std::unique_ptr<Job<Done>>>;  // by id, as JSON text

  void add(const std::string& method, Handler handler);
  bool handle(const Frame& frame);
  void initialize(const Envelope& request);
  void start(Envelope request);
  void cancel(const Json& id);
  void cancelAll();
  void reap();
  void answer(std::string_view frame) noexcept;
  std::string answerOf(const Handler& handler, const Envelope& request, JobContext& job);

  InitializeResult self_;
  FrameWriter writer_;
  std::map<std::string, Handler> handlers_;
  bool initialized_ = false;
  mutable std::mutex mutex_;  ///< guards running_
  Running running_;
};

}  // namespace orrery::protocol
