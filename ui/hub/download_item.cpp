#include "ui/hub/download_item.h"

#include <array>
#include <numeric>
#include <utility>

namespace orrery::ui {
namespace {

constexpr int kVersion = 1;
constexpr std::array<std::pair<DownloadState, const char*>, 6> kStates{
    {{DownloadState::kWaiting, "waiting"},
     {DownloadState::kRunning, "running"},
     {DownloadState::kPaused, "paused"},
     {DownloadState::kRetrying, "retrying"},
     {DownloadState::kFailed, "failed"},
     {DownloadState::kDone, "done"}}};

const char* nameOf(DownloadState state) {
  for (const auto& [each, name] : kStates)
    if (each == state) return name;
  return "waiting";
}

DownloadState stateOf(const JsonField& field) {
  const auto text = field.as<std::string>();
  for (const auto& [state, name] : kStates) {
    if (text != name) continue;
    const bool active = state == DownloadState::kRunning || state == DownloadState::kRetrying;
    return active ? DownloadState::kWaiting : state;
  }
  throw field.error("is no state of a download: " + quoted(text));
}

Json partsJson(const DownloadItem& item) {
  Json parts = Json::array();
  for (const DownloadPart& part : item.parts)
    parts.push_back({{"path", part.path.toStdString()},
                     {"size", part.size},
                     {"done", part.done},
                     {"complete", part.complete}});
  return parts;
}

Json itemJson(const DownloadItem& item) {
  Json files = Json::array();
  for (const QString& file : item.files) files.push_back(file.toStdString());
  return {{"model", item.model.toStdString()},
          {"files", std::move(files)},
          {"all", item.all},
          {"open_when_done", item.openWhenDone},
          {"state", nameOf(item.state)},
          {"reason", item.reason.toStdString()},
          {"path", item.path.toStdString()},
          {"parts", partsJson(item)}};
}

QString textOf(const JsonField& json, const char* key) {
  return QString::fromStdString(json.get<std::string>(key, ""));
}

DownloadItem itemFrom(const JsonField& json) {
  DownloadItem item;
  item.model = QString::fromStdString(json.require<std::string>("model"));
  for (const auto& file : json.get<std::vector<std::string>>("files", {}))
    item.files += QString::fromStdString(file);
  item.all = json.get("all", false);
  item.openWhenDone = json.get("open_when_done", false);
  item.state = stateOf(json["state"]);
  if (item.state != DownloadState::kWaiting) item.reason = textOf(json, "reason");
  item.path = textOf(json, "path");
  if (const auto parts = json.find("parts"))
    for (const JsonField& part : parts->elements())
      item.parts.push_back({textOf(part, "path"), part.get<std::int64_t>("size", 0),
                            part.get<std::int64_t>("done", 0), part.get("complete", false)});
  return item;
}

}  // namespace

qint64 DownloadItem::done() const {
  return std::accumulate(parts.begin(), parts.end(), qint64{0},
                         [](qint64 sum, const DownloadPart& part) { return sum + part.done; });
}

qint64 DownloadItem::total() const {
  return std::accumulate(parts.begin(), parts.end(), qint64{0},
                         [](qint64 sum, const DownloadPart& part) { return sum + part.size; });
}

Json toJson(const KeptDownloads& kept) {
  Json items = Json::array();
  for (const DownloadItem& item : kept.items) items.push_back(itemJson(item));
  return {{"version", kVersion}, {"bytes_per_second", kept.limit}, {"downloads", std::move(items)}};
}

KeptDownloads downloadsFromJson(const Json& json, const std::string& name) {
  const JsonField document(json, name);
  if (const int version = document.require<int>("version"); version != kVersion)
    throw document.error(fmt::format("is of version {}, expected {}", version, kVersion));
  KeptDownloads kept;
  kept.limit = document.get("bytes_per_second", 0.0);
  for (const JsonField& item : document["downloads"].elements())
    kept.items.push_back(itemFrom(item));
  return kept;
}

}  // namespace orrery::ui
