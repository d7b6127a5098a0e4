#include "core/hub/http_transfer.h"

#include "core/hub/rate_limiter.h"
#include "core/hub/url.h"

namespace orrery::hub {
namespace {

constexpr std::size_t kMaxHeaderBytes = 256u << 10;
constexpr std::size_t kMaxRedirects = 8;
// libcurl empties up to a hundred buffers of one transfer before it turns to the next one: much
// larger ones would let a fast server's transfers wait for each other.
constexpr long kReceiveBuffer = 128l << 10;
constexpr long kSlowest = 16;  // bytes per second; less is a stall

std::string_view withoutLineEnd(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  return line;
}

}  // namespace

HttpTransfer::HttpTransfer(const Settings& settings, Request request, TransferEvents events,
                           RateLimiter& limiter)
    : settings_(settings),
      request_(std::move(request)),
      events_(std::move(events)),
      limiter_(limiter),
      handle_(curl_easy_init()),
      url_(request_.url) {
  if (!handle_) throw std::bad_alloc();
  prepare();
}

HttpTransfer::~HttpTransfer() {
  curl_easy_cleanup(handle_);
  curl_slist_free_all(fields_);
}

void HttpTransfer::prepare() {
  curl_easy_reset(handle_);
  curl_slist_free_all(fields_);
  fields_ = nullptr;
  const auto addField = [&](const std::string& line) {
    fields_ = curl_slist_append(fields_, line.c_str());
  };
  for (const auto& [name, value] : request_.headers.all()) addField(name + ": " + value);
  if (request_.withToken && settings_.token && originOf(url_) == originOf(settings_.endpoint))
    addField("Authorization: Bearer " + settings_.token->reveal());
  if (request_.method == "POST") addField("Content-Type: application/json");
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, fields_);
  curl_easy_setopt(handle_, CURLOPT_URL, url_.c_str());
  if (request_.method == "HEAD") curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
  if (request_.method == "POST") {
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE, static_cast<long>(request_.body.size()));
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request_.body.c_str());
  }
  if (request_.range)
    curl_easy_setopt(handle_, CURLOPT_RANGE,
                     fmt::format("{}-{}", request_.range->begin, request_.range->end - 1).c_str());
  // Naming an encoding also has libcurl decode a body that comes compressed uninvited.
  curl_easy_setopt(handle_, CURLOPT_ACCEPT_ENCODING, request_.compressed ? "" : "identity");
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, &HttpTransfer::headerCallback);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &HttpTransfer::bodyCallback);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, message_);
  curl_easy_setopt(handle_, CURLOPT_PRIVATE, this);
  applyConnectionOptions();
}

void HttpTransfer::applyConnectionOptions() {
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(handle_, CURLOPT_USERAGENT, "orrery");
  curl_easy_setopt(handle_, CURLOPT_BUFFERSIZE, kReceiveBuffer);
  curl_easy_setopt(handle_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT,
                   static_cast<long>(settings_.answerTimeout.count()));
  curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_LIMIT, kSlowest);
  curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(settings_.stallTimeout.count()));
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT, static_cast<long>(request_.totalTimeout.count()));
  if (!settings_.proxy.empty()) curl_easy_setopt(handle_, CURLOPT_PROXY, settings_.proxy.c_str());
  if (!settings_.noProxy.empty())
    curl_easy_setopt(handle_, CURLOPT_NOPROXY, settings_.noProxy.c_str());
  if (!settings_.authorityFile.empty())
    curl_easy_setopt(handle_, CURLOPT_CAINFO, settings_.authorityFile.c_str());
  if (!settings_.authorityFolder.empty())
    curl_easy_setopt(handle_, CURLOPT_CAPATH, settings_.authorityFolder.c_str());
}

bool HttpTransfer::isRedirect() const {
  const int status = path_.last.status;
  const bool moved =
      status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  return moved && request_.followRedirects && path_.last.headers.find("Location");
}

void HttpTransfer::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

/// Whatever `body` throws becomes the transfer's failure: nothing may pass through libcurl.
template <class Body>
void HttpTransfer::guarded(Body&& body) noexcept {
  try {
    body();
  } catch (const Error& error) {
    fail(error);
  } catch (const std::bad_alloc&) {
    fail(Error(ErrorKind::kOutOfMemory, "no memory for the response"));
  } catch (const std::exception& failure) {
    fail(Error(ErrorKind::kInternal, "{}", failure.what()));
  } catch (...) {
    fail(Error(ErrorKind::kInternal, "an unknown failure"));
  }
}

std::size_t HttpTransfer::onHeader(std::string_view line) {
  if (silent_) return 0;
  headerBytes_ += line.size();
  if (headerBytes_ > kMaxHeaderBytes) {
    fail(Error(ErrorKind::kProtocol, "the header of the response exceeds {} bytes", kMaxHeaderBytes)
             .in(shownUrl(url_)));
    return 0;
  }
  line = withoutLineEnd(line);
  if (line.starts_with("HTTP/")) {  // a status line begins a head; what came before was a 1xx
    path_.last = {.status = 0, .headers = {}, .url = url_};
    const auto blank = line.find(' ');
    if (blank != line.npos)
      path_.last.status = static_cast<int>(parseNumber(line.substr(blank + 1, 3)).value_or(0));
  } else if (const auto colon = line.find(':'); colon != line.npos) {
    const std::string_view value = line.substr(colon + 1);
    const auto begin = std::min(value.find_first_not_of(" \t"), value.size());
    path_.last.headers.add(std::string(line.substr(0, colon)), std::string(value.substr(begin)));
  }
  return 1;
}

void HttpTransfer::announceHead() {
  if (headAnnounced_) return;
  headAnnounced_ = true;
  if (events_.head) events_.head(path_);
}

std::size_t HttpTransfer::onBody(std::string_view part) {
  if (silent_) return 0;
  if (isRedirect()) return part.size();  // what a redirect says to people
  if (!limiter_.mayTake()) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  announceHead();
  if (events_.body) events_.body(part);
  limiter_.take(static_cast<double>(part.size()));
  return part.size();
}

void HttpTransfer::resumeIfPaused() {
  if (!paused_) return;
  paused_ = false;
  curl_easy_pause(handle_, CURLPAUSE_CONT);
}

bool HttpTransfer::finish(CURLcode code) {
  if (!error_ && code != CURLE_OK) fail(transportError(code));
  if (error_) return false;
  bool follows = false;
  guarded([&] {
    follows = isRedirect();
    follows ? followRedirect() : announceHead();
  });
  return follows && !error_;
}

void HttpTransfer::followRedirect() {
  const auto target = resolvedUrl(url_, *path_.last.headers.find("Location"));
  const auto refuse = [&](std::string_view why) {
    return Error(ErrorKind::kProtocol, "{}", why).in(shownUrl(url_));
  };
  if (!target) throw refuse("redirects to something that is no http address");
  if (url_.starts_with("https:") && !target->starts_with("https:"))
    throw refuse("redirects from https to an unprotected address");
  path_.redirects.push_back(std::move(path_.last));
  path_.last = {};
  if (path_.redirects.size() > kMaxRedirects)
    throw refuse(fmt::format("redirects more than {} times", kMaxRedirects));
  url_ = *target;
  headerBytes_ = 0;
  prepare();
}

void HttpTransfer::report() {
  if (events_.done) events_.done(error_);
}

Error HttpTransfer::transportError(CURLcode code) const {
  curl_off_t connected = 0;
  curl_easy_getinfo(handle_, CURLINFO_CONNECT_TIME_T, &connected);
  const bool unreachable =
      connected == 0 &&
      (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
       code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT);
  const std::string detail = message_[0] ? message_ : curl_easy_strerror(code);
  if (unreachable)
    return Error(ErrorKind::kIo, "cannot be reached ({})", quoted(detail, 200)).in(shownUrl(url_));
  const auto kind = code == CURLE_OUT_OF_MEMORY ? ErrorKind::kOutOfMemory : ErrorKind::kProtocol;
  curl_off_t took = 0;  // microseconds
  curl_easy_getinfo(handle_, CURLINFO_TOTAL_TIME_T, &took);
  const auto most = std::chrono::microseconds(request_.totalTimeout - kTimerSlack);
  if (code == CURLE_OPERATION_TIMEDOUT && most.count() > 0 && took >= most.count())
    return Error(kind, "did not end within {} s", request_.totalTimeout.count()).in(shownUrl(url_));
  if (code == CURLE_OPERATION_TIMEDOUT)
    return Error(kind, "nothing arrived for {} s", settings_.stallTimeout.count())
        .in(shownUrl(url_));
  return Error(kind, "{}", quoted(detail, 200)).in(shownUrl(url_));
}

std::size_t HttpTransfer::headerCallback(char* data, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  std::size_t taken = 0;
  transfer.guarded([&] { taken = transfer.onHeader({data, size}) ? size : 0; });
  return taken;
}

std::size_t HttpTransfer::bodyCallback(char* data, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  std::size_t taken = 0;
  transfer.guarded([&] { taken = transfer.onBody({data, size}); });
  return taken;
}

}  // namespace orrery::hub
