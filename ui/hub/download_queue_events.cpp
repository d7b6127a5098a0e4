// What the engine tells of downloads that run.

#include <algorithm>

#include "core/protocol/fields.h"
#include "ui/engine/engine_process.h"
#include "ui/hub/download_queue.h"

namespace orrery::ui {
namespace {

constexpr std::size_t kMostSamples = 600;
constexpr double kSampleSeconds = 0.5;

}  // namespace

void DownloadQueue::onNotified(const QString& method, const Json& params) {
  try {
    const auto request = params.find("request");
    DownloadItem* item = request == params.end() ? nullptr : findRequest(*request);
    if (!item) return;
    const std::string name = method.toStdString();
    if (name == protocol::DownloadBegun::kMethod) {
      onBegun(*item, protocol::readMessage<protocol::DownloadBegun>(params, name).plan);
    } else if (name == protocol::DownloadedFile::kMethod) {
      onFile(*item, protocol::readMessage<protocol::DownloadedFile>(params, name));
    } else if (name == protocol::DownloadNotice::kMethod) {
      const auto notice = protocol::readMessage<protocol::DownloadNotice>(params, name);
      item->reason = QString::fromStdString(notice.sentence);
    } else if (name == protocol::ProgressParams::kMethod) {
      const auto progress = protocol::readMessage<protocol::ProgressParams>(params, name).progress;
      if (item->state != DownloadState::kRunning) return;
      item->rate = progress.rate;
      item->secondsLeft = progress.secondsLeft;
      const double now = static_cast<double>(clock_.elapsed()) / 1000;
      if (item->rates.empty() || now - item->rates.back().seconds >= kSampleSeconds)
        item->rates.push_back({now, progress.rate});
      if (item->rates.size() > kMostSamples) item->rates.erase(item->rates.begin());
    }
    touch(*item);
  } catch (const Error&) {
    // A notification that cannot be read is not worth ending the download for.
  }
}

void DownloadQueue::onBegun(DownloadItem& item, const protocol::HubPlan& plan) {
  item.begun = true;
  item.parts.clear();
  for (const protocol::PlannedHubFile& file : plan.files)
    item.parts.push_back(
        {QString::fromStdString(file.path), file.size, file.size - file.bytesLeft, file.present});
  if (item.state == DownloadState::kPaused || limit_ > 0)
    steer(item);  // it can be told from now on
  save();
}

void DownloadQueue::onFile(DownloadItem& item, const protocol::DownloadedFile& message) {
  const QString path = QString::fromStdString(message.path);
  const auto part = std::find_if(item.parts.begin(), item.parts.end(),
                                 [&](const DownloadPart& each) { return each.path == path; });
  if (part == item.parts.end()) return;
  item.reason.clear();  // what a notice told is over
  part->done = message.done;
  part->complete = message.complete;
  if (message.complete) item.failures = 0;
  if (!saving_.isActive()) saving_.start();
}

DownloadItem* DownloadQueue::findRequest(const Json& request) {
  if (!request.is_number_integer()) return nullptr;
  const auto id = request.get<qint64>();
  const auto found = std::find_if(items_.begin(), items_.end(),
                                  [id](const DownloadItem& item) { return item.request == id; });
  return found == items_.end() ? nullptr : &*found;
}

}  // namespace orrery::ui
