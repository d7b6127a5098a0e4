#include "core/hub/http_fetch.h"

#include <random>

#include "core/hub/gate.h"
#include "core/hub/url.h"

namespace orrery::hub {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPollStep{50};
constexpr milliseconds kLongestAsked{5 * 60 * 1000};
constexpr int kLongestOwn = 20;  // units

struct Attempt {
  Response response;
  std::optional<Error> error;
  bool ended = false;
  bool final = false;  ///< an error that a retry cannot mend
};

void runOnce(HttpClient& client, const Request& request, const CancelToken& cancel,
             const FetchOptions& options, Attempt& attempt) {
  TransferEvents events;
  events.head = [&](const ResponsePath& path) { attempt.response.path = path; };
  events.body = [&](std::string_view part) {
    if (attempt.response.body.size() + part.size() > options.bodyLimit) {
      attempt.final = true;
      throw Error(ErrorKind::kProtocol, "the response is longer than {} bytes", options.bodyLimit)
          .in(shownUrl(request.url));
    }
    attempt.response.body += part;
  };
  events.done = [&](const std::optional<Error>& error) {
    attempt.error = error;
    attempt.ended = true;
  };
  const auto start = steady_clock::now();
  const auto id = client.start(request, std::move(events));
  while (!attempt.ended) {
    if (cancel.cancelled()) client.drop(id);
    cancel.throwIfCancelled();
    client.poll(kPollStep);
  }
  const bool limited = request.totalTimeout.count() > 0;
  if (limited && steady_clock::now() - start >= request.totalTimeout - kTimerSlack)
    attempt.final = true;
}

void wait(HttpClient& client, const CancelToken& cancel, milliseconds time) {
  const auto end = steady_clock::now() + time;
  while (steady_clock::now() < end) {
    cancel.throwIfCancelled();
    const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
    client.poll(std::min(left, kPollStep));
  }
}

/// The hub's own words, if it has some, as the end of a sentence.
std::string saidBy(const ResponsePath& path) {
  const auto message = path.last.headers.find("X-Error-Message");
  return message && !message->empty() ? fmt::format(" ({})", quoted(*message, 160)) : "";
}

std::string waitText(const ResponsePath& path) {
  const auto asked = waitAskedFor(path.last.headers);
  return asked ? fmt::format("; it asks to wait {} s", asked->count()) : "; try again later";
}

}  // namespace

bool isPassing(int status) {
  return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
}

std::optional<milliseconds> delayBefore(int retry, const Headers* headers, milliseconds unit) {
  if (headers)
    if (const auto asked = waitAskedFor(*headers))
      return *asked > kLongestAsked ? std::nullopt : std::optional<milliseconds>(*asked);
  static thread_local std::minstd_rand random{std::random_device{}()};
  const auto most = unit * std::min(kLongestOwn, 1 << std::min(retry - 1, 10));
  return milliseconds(std::uniform_int_distribution<long>(most.count() / 2, most.count())(random));
}

Response fetch(HttpClient& client, const Request& request, const CancelToken& cancel,
               const FetchOptions& options) {
  if (client.settings().offline)
    throw Error(ErrorKind::kNotFound,
                "cannot be asked: the hub is switched off (--offline or "
                "HF_HUB_OFFLINE)")
        .in(shownUrl(request.url));
  for (int retry = 1;; ++retry) {
    Attempt attempt;
    runOnce(client, request, cancel, options, attempt);
    const bool failed = attempt.error || isPassing(attempt.response.status());
    // Where no connection can be made, a user waits for the word that there is none.
    const bool unreachable = attempt.error && attempt.error->kind() == ErrorKind::kIo;
    const bool again = failed && !unreachable && !attempt.final && retry < options.attempts;
    const auto delay =
        again ? delayBefore(retry, attempt.error ? nullptr : &attempt.response.path.last.headers,
                            client.settings().retryUnit)
              : std::nullopt;
    if (delay) {
      wait(client, cancel, *delay);
      continue;
    }
    if (attempt.error) throw *attempt.error;
    return std::move(attempt.response);
  }
}

Response fetchDocument(HttpClient& client, const std::string& url, std::string_view what,
                       std::uint64_t limit, const CancelToken& cancel) {
  Request request;
  request.url = url;
  request.compressed = true;
  request.totalTimeout = 6 * client.settings().answerTimeout;
  Response response = fetch(client, request, cancel, {.bodyLimit = limit});
  requireSuccess(response.path, what);
  return response;
}

void requireSuccess(const ResponsePath& path, std::string_view what) {
  if (path.last.status < 200 || path.last.status > 299) throw statusError(path, what);
}

Error statusError(const ResponsePath& path, std::string_view what) {
  const int status = path.last.status;
  const std::string code = path.last.headers.find("X-Error-Code").value_or("");
  const auto say = [&](ErrorKind kind, const std::string& sentence) {
    return Error(kind, sentence + saidBy(path)).in(what);
  };
  if (const auto gate = gateOf(path.last))
    return say(ErrorKind::kNotFound, std::string(gateSentence(*gate)));
  if (code == "RevisionNotFound") return say(ErrorKind::kNotFound, "has no such revision");
  if (code == "EntryNotFound") return say(ErrorKind::kNotFound, "has no such file");
  if (code == "RepoNotFound" || status == 401)
    return say(ErrorKind::kNotFound,
               "is not on the hub, or is private and this account (orrery-cli hub whoami) may not "
               "see it");
  if (status == 403) return say(ErrorKind::kNotFound, "may not be read with this account");
  if (status == 404) return say(ErrorKind::kNotFound, "is not on the hub");
  if (status == 429)
    return say(ErrorKind::kIo,
               "the hub answers no more for now: too many requests" + waitText(path));
  if (status >= 500)
    return say(ErrorKind::kIo,
               fmt::format("the hub has a fault of its own (status {})", status) + waitText(path));
  return say(ErrorKind::kProtocol,
             fmt::format("{} answered with status {}", shownUrl(path.last.url), status));
}

}  // namespace orrery::hub
