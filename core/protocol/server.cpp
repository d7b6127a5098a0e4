#include "core/protocol/server.h"

#include <new>
#include <vector>

namespace orrery::protocol {
namespace {

/// More requests at once than any window has use for: the rest is refused, not queued.
constexpr std::size_t kMaxRunning = 64;

ProgressParams progressOf(const Json& id, const Progress& progress) {
  return {id, progress};
}

}  // namespace

std::string RequestContext::sendArrays(std::string content) {
  const std::string request = id_.is_string() ? id_.get<std::string>() : id_.dump();
  Frame frame{std::string(kSafetensorsType), fmt::format("{}/{}", request, ++sentArrays_),
              std::move(content)};
  writer_.write(encode(frame));
  return frame.id;
}

Server::Server(InitializeResult self, int out) : self_(std::move(self)), writer_(out) {
  self_.protocol = kProtocolVersion;
  self_.methods = {InitializeParams::kMethod, ShutdownParams::kMethod};
}

Server::~Server() {
  cancelAll();
  Running ending;
  {
    std::lock_guard lock(mutex_);
    ending.swap(running_);
  }
}

void Server::add(const std::string& method, Handler handler) {
  self_.methods.push_back(method);
  handlers_[method] = std::move(handler);
}

void Server::serve(int in) {
  FrameReader reader(in);
  try {
    while (const auto frame = reader.read())
      if (!handle(*frame)) break;
  } catch (const Error& error) {
    answer(errorFrame(nullptr, error));  // the stream cannot be picked up again
  }
  cancelAll();
}

int Server::running() const {
  std::lock_guard lock(mutex_);
  int count = 0;
  for (const auto& [id, job] : running_) count += !job->done();
  return count;
}

/// False once the other end has asked for shutdown. Arrays that no message refers to are dropped.
bool Server::handle(const Frame& frame) {
  if (!frame.isMessage()) return true;
  reap();
  Envelope message;
  try {
    message = parseEnvelope(frame.content);
    if (message.method == CancelParams::kMethod) cancel(message.paramsAs<CancelParams>().id);
  } catch (const Error& error) {
    answer(errorFrame(nullptr, error));
    return true;
  }
  if (!message.isRequest()) return true;  // unknown notifications are ignored
  if (message.method == ShutdownParams::kMethod) {
    cancelAll();
    answer(resultFrame(message.id, toJson(Done{})));
    return false;
  }
  try {
    message.method == InitializeParams::kMethod ? initialize(message) : start(message);
  } catch (const Error& error) {
    answer(errorFrame(message.id, error));
  }
  return true;
}

void Server::initialize(const Envelope& request) {
  const auto params = request.paramsAs<InitializeParams>();
  if (params.protocol != kProtocolVersion)
    throw Error(
        ErrorKind::kProtocol,
        "initialize: this engine speaks version {} of the protocol, the other end version {}",
        kProtocolVersion, params.protocol);
  initialized_ = true;
  answer(resultFrame(request.id, toJson(self_)));
}

void Server::start(Envelope request) {
  if (!initialized_)
    throw Error(ErrorKind::kProtocol, "{}: initialize must come first",
                orrery::quoted(request.method));
  const auto handler = handlers_.find(request.method);
  if (handler == handlers_.end())
    throw Error(ErrorKind::kUnsupported, "this engine has no method {}",
                orrery::quoted(request.method));
  const Json id = request.id;
  std::lock_guard lock(mutex_);
  if (running_.contains(id.dump()))
    throw Error(ErrorKind::kProtocol, "a request with id {} is running", id.dump());
  if (running_.size() >= kMaxRunning)
    throw Error(ErrorKind::kUnsupported, "{} requests are running, no more are taken", kMaxRunning);
  running_[id.dump()] = std::make_unique<Job<Done>>(
      [this, request = std::move(request), &handler = handler->second](JobContext& job) {
        answer(answerOf(handler, request, job));
        return Done{};
      },
      [this, id](const Progress& progress) {
        writer_.write(notificationFrame(progressOf(id, progress)));
      });
}

std::string Server::answerOf(const Handler& handler, const Envelope& request, JobContext& job) {
  try {
    RequestContext context(request.id, job, writer_);
    return resultFrame(request.id, handler(request, context));
  } catch (const Error& error) {
    return errorFrame(request.id, error);
  } catch (const std::bad_alloc&) {
    return errorFrame(request.id,
                      Error(ErrorKind::kOutOfMemory, request.method + ": out of memory"));
  } catch (const std::exception& error) {
    return errorFrame(request.id, Error(ErrorKind::kInternal, "{}: {}", request.method,
                                        orrery::quoted(error.what(), 300)));
  }
}

void Server::cancel(const Json& id) {
  std::lock_guard lock(mutex_);
  const auto found = running_.find(id.dump());
  if (found != running_.end()) found->second->cancel();
}

void Server::cancelAll() {
  std::lock_guard lock(mutex_);
  for (const auto& [id, job] : running_) job->cancel();
}

/// Lets go of jobs that have ended; joining them takes no time.
void Server::reap() {
  std::lock_guard lock(mutex_);
  std::erase_if(running_, [](const auto& entry) { return entry.second->done(); });
}

void Server::answer(std::string_view frame) noexcept {
  try {
    writer_.write(frame);
  } catch (const Error&) {
    // Nobody listens any more: the end of the input, which follows, ends the engine.
  }
}

}  // namespace orrery::protocol
