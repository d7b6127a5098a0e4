#pragma once

class QSettings;

namespace orrery::ui {

class ConversationStore;
class DecodingState;
class DownloadQueue;
class EnginePool;
class LibraryModel;

/// What panels share. Made once by the program and outlives every panel.
struct Services {
  QSettings& settings;
  EnginePool& engines;
  LibraryModel& library;
  DecodingState& decoding;
  ConversationStore& conversations;
  DownloadQueue& downloads;
};

}  // namespace orrery::ui
