#pragma once

#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "core/base/json.h"

namespace orrery::ui {

enum class DownloadState {
  kWaiting,   ///< for its turn
  kRunning,   ///< as far as the engine can
  kPaused,    ///< by the user
  kRetrying,  ///< for the network, or whatever ended it and may pass
  kFailed,
  kDone
};

/// One file of a download.
struct DownloadPart {
  QString path;
  qint64 size = 0;
  qint64 done = 0;        ///< bytes that are there
  bool complete = false;  ///< verified and in its place
  bool operator==(const DownloadPart&) const = default;
};

/// A rate at a time, for the plot.
struct RateSample {
  double seconds = 0;  ///< since the download began to run
  double rate = 0;     ///< bytes per second
};

/// One download: what was asked for, and how far it is. The first block is kept in a file.
struct DownloadItem {
  qint64 id = 0;
  QString model;      ///< "org/name[@revision]"
  QStringList files;  ///< these only; empty: those that are needed
  bool all = false;
  bool openWhenDone = false;
  DownloadState state = DownloadState::kWaiting;
  QString reason;  ///< of a failure or of waiting, or a notice: one sentence
  QString path;    ///< once done: what the engine loads
  std::vector<DownloadPart> parts;

  qint64 request = 0;  ///< in the engine; 0: none
  double rate = 0;     ///< bytes per second
  std::optional<double> secondsLeft;
  bool steering = false;    ///< the engine is being told; its requests overtake each other
  bool steerAgain = false;  ///< what it was told is out of date
  bool begun = false;       ///< the request: the hub has answered it
  int failures = 0;         ///< in a row, of requests that had begun
  std::vector<RateSample> rates;

  qint64 done() const;
  qint64 total() const;
  bool ended() const { return state == DownloadState::kDone || state == DownloadState::kFailed; }
};

/// The kept form of a list of downloads and its limit in bytes per second.
struct KeptDownloads {
  std::vector<DownloadItem> items;
  double limit = 0;
};
Json toJson(const KeptDownloads& kept);
/// What was running waits again. An Error names a field that cannot be used.
KeptDownloads downloadsFromJson(const Json& json, const std::string& name);

}  // namespace orrery::ui
