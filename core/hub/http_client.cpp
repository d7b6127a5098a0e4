#include "core/hub/http_client.h"

#include <map>
#include <mutex>

#include "core/hub/http_transfer.h"
#include "core/hub/rate_limiter.h"

namespace orrery::hub {
namespace {

constexpr long kConnectionsPerHost = 32;
constexpr long kConnectionsKept = 64;
constexpr std::chrono::milliseconds kLimitStep{20};  // how often a limited rate is looked after

void initializeLibrary() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(Settings settings) : settings_(std::move(settings)) {
    initializeLibrary();
    multi_ = curl_multi_init();
    if (!multi_) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kConnectionsPerHost);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kConnectionsKept);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  }

  ~Impl() {
    for (auto& [id, transfer] : transfers_) curl_multi_remove_handle(multi_, transfer->handle());
    transfers_.clear();
    curl_multi_cleanup(multi_);
  }

  Id start(Request request, TransferEvents events) {
    auto transfer =
        std::make_unique<HttpTransfer>(settings_, std::move(request), std::move(events), limiter_);
    curl_multi_add_handle(multi_, transfer->handle());
    ids_[transfer->handle()] = ++lastId_;
    transfers_.emplace(lastId_, std::move(transfer));
    return lastId_;
  }

  /// The transfer itself lives to the end of the poll: it may be the one that is calling.
  void drop(Id id) {
    const auto found = transfers_.find(id);
    if (found == transfers_.end()) return;
    ids_.erase(found->second->handle());
    found->second->silence();
    dropped_.push_back(std::move(found->second));
    transfers_.erase(found);
    if (!polling_) removeDropped();
  }

  void poll(std::chrono::milliseconds wait) {
    polling_ = true;
    if (limiter_.limited()) wait = std::min(wait, kLimitStep);
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    resumePaused();
    int running = 0;
    curl_multi_perform(multi_, &running);
    takeFinished();
    polling_ = false;
    removeDropped();
  }

  Settings settings_;
  RateLimiter limiter_;
  CURLM* multi_ = nullptr;
  std::map<Id, std::unique_ptr<HttpTransfer>> transfers_;

 private:
  void resumePaused() {
    if (wasLimited_ && limiter_.mayTake())
      for (auto& [id, transfer] : transfers_) transfer->resumeIfPaused();
    wasLimited_ = limiter_.limited();
  }

  void removeDropped() {
    for (const auto& transfer : dropped_) curl_multi_remove_handle(multi_, transfer->handle());
    dropped_.clear();
  }

  /// Reports transfers that ended.
  void takeFinished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      CURL* const handle = message->easy_handle;
      const CURLcode code = message->data.result;
      const auto id = ids_.find(handle);
      if (message->msg != CURLMSG_DONE || id == ids_.end()) continue;
      finish(id->second, code);
    }
  }

  void finish(Id id, CURLcode code) {
    const auto at = transfers_.find(id);
    HttpTransfer& transfer = *at->second;
    curl_multi_remove_handle(multi_, transfer.handle());
    if (transfer.finish(code)) {
      curl_multi_add_handle(multi_, transfer.handle());
      return;
    }
    const std::unique_ptr<HttpTransfer> ended = std::move(at->second);
    ids_.erase(ended->handle());
    transfers_.erase(at);
    ended->report();
  }

  std::map<CURL*, Id> ids_;
  std::vector<std::unique_ptr<HttpTransfer>> dropped_;
  Id lastId_ = 0;
  bool polling_ = false;
  bool wasLimited_ = false;
};

HttpClient::HttpClient(Settings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
HttpClient::~HttpClient() = default;

HttpClient::Id HttpClient::start(Request request, TransferEvents events) {
  return impl_->start(std::move(request), std::move(events));
}

void HttpClient::drop(Id id) {
  impl_->drop(id);
}

std::size_t HttpClient::running() const {
  return impl_->transfers_.size();
}

void HttpClient::poll(std::chrono::milliseconds wait) {
  impl_->poll(wait);
}

void HttpClient::wakeUp() {
  curl_multi_wakeup(impl_->multi_);
}

void HttpClient::setRateLimit(double bytesPerSecond) {
  impl_->limiter_.setRate(bytesPerSecond);
}

const Settings& HttpClient::settings() const {
  return impl_->settings_;
}

}  // namespace orrery::hub
