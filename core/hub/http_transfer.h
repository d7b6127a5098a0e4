#pragma once

#include <curl/curl.h>

#include <string>

#include "core/hub/http_client.h"

namespace orrery::hub {

class RateLimiter;

/// One request on its way through redirects: a libcurl handle and what belongs to it. Used by
/// HttpClient only.
class HttpTransfer {
 public:
  HttpTransfer(const Settings& settings, Request request, TransferEvents events,
               RateLimiter& limiter);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  CURL* handle() { return handle_; }
  /// Takes libcurl's word that the exchange ended. True if a redirect is to be followed: the handle
  /// is ready to be added again.
  bool finish(CURLcode code);
  /// Calls `done`.
  void report();
  void resumeIfPaused();
  /// From now on no event is called; what still arrives ends the exchange.
  void silence() { silent_ = true; }

 private:
  void prepare();
  void applyConnectionOptions();
  std::size_t onHeader(std::string_view line);
  std::size_t onBody(std::string_view part);
  void announceHead();
  bool isRedirect() const;
  void followRedirect();
  void fail(Error error);
  template <class Body>
  void guarded(Body&& body) noexcept;
  Error transportError(CURLcode code) const;

  static std::size_t headerCallback(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t bodyCallback(char* data, std::size_t, std::size_t size, void* self);

  const Settings& settings_;
  Request request_;
  TransferEvents events_;
  RateLimiter& limiter_;
  CURL* handle_;
  curl_slist* fields_ = nullptr;
  char message_[CURL_ERROR_SIZE] = {};
  ResponsePath path_;
  std::string url_;
  std::size_t headerBytes_ = 0;
  bool headAnnounced_ = false;
  bool paused_ = false;
  bool silent_ = false;
  std::optional<Error> error_;
};

}  // namespace orrery::hub
