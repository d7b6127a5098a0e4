#include "core/hub/header_fetch.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <system_error>

#include "core/base/error.h"
#include "core/hub/http_fetch.h"

namespace orrery::hub {
namespace {

constexpr std::chrono::milliseconds kPollStep{50};
constexpr int kAttempts = 5;
constexpr std::size_t kLengthBytes = 8;  // before the header of a safetensors file

/// One file on its way: what has come of it, and the request that is running.
class Fetching {
 public:
  Fetching(HttpClient& client, const RemoteHeader& file, const HeaderFetchOptions& options)
      : client_(client), file_(file), options_(options) {}
  ~Fetching() {
    if (running_) client_.drop(id_);
  }
  Fetching(const Fetching&) = delete;
  Fetching& operator=(const Fetching&) = delete;

  void begin() { ask(std::min(options_.first, file_.size)); }
  bool done() const { return done_; }
  const std::optional<Error>& error() const { return error_; }
  std::uint64_t received() const { return received_; }

  /// Begins again what failed a moment ago and may succeed, when its time has come.
  void retryIfDue() {
    if (retryAt_ && std::chrono::steady_clock::now() >= *retryAt_) {
      retryAt_.reset();
      ask(wanted_);
    }
  }

 private:
  /// Asks for what is missing of the first `end` bytes.
  void ask(std::uint64_t end) {
    wanted_ = end;
    if (end <= bytes_.size()) return arrived();
    range_ = {bytes_.size(), end};
    passing_ = refused_ = false;
    TransferEvents events;
    events.head = [this](const ResponsePath& path) {
      try {
        onHead(path);
      } catch (const Error&) {
        refused_ = true;
        throw;
      }
    };
    events.body = [this](std::string_view part) { onBody(part); };
    events.done = [this](const std::optional<Error>& error) { onDone(error); };
    running_ = true;
    id_ = client_.start({.url = file_.url, .range = range_}, std::move(events));
  }

  void onHead(const ResponsePath& path) {
    passing_ = isPassing(path.last.status);
    headers_ = path.last.headers;
    requireSuccess(path, file_.name);
    const bool whole = path.last.status == 200 && range_.begin == 0;
    if (whole) return;  // without ranges: what is wanted of it is taken
    const auto field = path.last.headers.find("Content-Range");
    const auto sent = field ? parseContentRange(*field) : std::nullopt;
    if (path.last.status != 206 || !sent || sent->range != range_)
      throw invalid(fmt::format("asked for bytes {}-{}, but the server sent {}", range_.begin,
                                range_.end - 1, field ? quoted(*field) : "no Content-Range"));
    if (sent->total && *sent->total != file_.size)
      throw invalid(fmt::format("has {} bytes, but the hub's list of files says {}", *sent->total,
                                file_.size));
  }

  void onBody(std::string_view part) {
    received_ += part.size();
    part = part.substr(0, std::min<std::uint64_t>(part.size(), wanted_ - bytes_.size()));
    const auto* data = reinterpret_cast<const std::byte*>(part.data());
    bytes_.insert(bytes_.end(), data, data + part.size());
    if (bytes_.size() < wanted_ || passing_) return;
    complete_ = true;
    if (range_.end < file_.size) throw Error(ErrorKind::kCancelled, "enough has come");
  }

  void onDone(const std::optional<Error>& error) {
    running_ = false;
    if (complete_) return arrived();
    const bool again = passing_ || (error && !refused_);
    const auto delay =
        again && ++attempts_ < kAttempts
            ? delayBefore(attempts_, passing_ ? &headers_ : nullptr, client_.settings().retryUnit)
            : std::nullopt;
    if (delay) {
      retryAt_ = std::chrono::steady_clock::now() + *delay;
      return;
    }
    if (error) return fail(refused_ ? *error : Error(*error).in(file_.name));
    fail(
        Error(ErrorKind::kProtocol, "the server sent {} bytes, expected {}", bytes_.size(), wanted_)
            .in(file_.name));
  }

  /// All that was wanted is there: it is enough, or tells how much is needed.
  void arrived() {
    complete_ = false;
    attempts_ = 0;
    try {
      const auto length = options_.length(bytes_);
      if (!length && bytes_.size() >= file_.size)
        throw invalid(fmt::format("ends within its header, at byte {}", file_.size));
      const std::uint64_t need = length.value_or(bytes_.size() * 2);
      if (need > options_.limit)
        throw invalid(fmt::format("its header takes {} bytes, more than the {} that are read", need,
                                  options_.limit));
      if (length && need <= bytes_.size()) return keep();
      if (length && need > file_.size)
        throw invalid(
            fmt::format("its header takes {} bytes, but the file has {}", need, file_.size));
      ask(std::min(need, file_.size));
    } catch (const Error& error) {
      fail(error);
    }
  }

  void keep() {
    {
      std::ofstream out(file_.place, std::ios::binary);
      out.write(reinterpret_cast<const char*>(bytes_.data()),
                static_cast<std::streamsize>(bytes_.size()));
      if (!out.flush()) throw Error(ErrorKind::kIo, "cannot be written").in(file_.place.string());
    }
    std::error_code failure;
    std::filesystem::resize_file(file_.place, file_.size, failure);
    if (failure)
      throw Error(ErrorKind::kIo, "cannot be made {} bytes long: {}", file_.size, failure.message())
          .in(file_.place.string());
    bytes_ = {};
    done_ = true;
  }

  Error invalid(const std::string& message) const {
    return Error(ErrorKind::kInvalidInput, message).in(file_.name);
  }
  void fail(const Error& error) {
    error_ = error;
    done_ = true;
  }

  HttpClient& client_;
  const RemoteHeader& file_;
  const HeaderFetchOptions& options_;
  std::vector<std::byte> bytes_;
  std::uint64_t wanted_ = 0, received_ = 0;
  ByteRange range_;
  Headers headers_;  ///< of the response before
  HttpClient::Id id_ = 0;
  int attempts_ = 0;
  bool running_ = false, passing_ = false, refused_ = false, complete_ = false, done_ = false;
  std::optional<std::chrono::steady_clock::time_point> retryAt_;
  std::optional<Error> error_;
};

}  // namespace

std::uint64_t fetchHeaders(HttpClient& client, const std::vector<RemoteHeader>& files,
                           const HeaderFetchOptions& options, const CancelToken& cancel) {
  std::vector<std::unique_ptr<Fetching>> active;
  std::uint64_t received = 0;
  std::size_t next = 0;
  while (next < files.size() || !active.empty()) {
    cancel.throwIfCancelled();
    for (; next < files.size() && active.size() < static_cast<std::size_t>(options.atOnce);
         ++next) {
      active.push_back(std::make_unique<Fetching>(client, files[next], options));
      active.back()->begin();
    }
    client.poll(kPollStep);
    for (const auto& fetching : active) {
      fetching->retryIfDue();
      if (fetching->error()) throw *fetching->error();
      if (fetching->done()) received += fetching->received();
    }
    std::erase_if(active, [](const auto& fetching) { return fetching->done(); });
  }
  return received;
}

std::optional<std::uint64_t> safetensorsHeaderBytes(std::span<const std::byte> start) {
  if (start.size() < kLengthBytes) return std::nullopt;
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;)
    length = length << 8 | std::to_integer<std::uint64_t>(start[i]);
  // A length beyond all files is left for the caller's limit to refuse.
  return length > UINT64_MAX - kLengthBytes ? UINT64_MAX : length + kLengthBytes;
}

}  // namespace orrery::hub
