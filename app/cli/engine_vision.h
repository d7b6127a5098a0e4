#pragma once

#include <memory>

#include "app/cli/engine_turns.h"
#include "app/cli/runtime.h"
#include "core/protocol/server.h"
#include "core/protocol/vision.h"

namespace orrery::engine {

/// The engine's one model that cuts out what somebody points at, the last that was asked for, with
/// the picture that it saw last. Thread-safe: requests run in turn.
class SegmenterStore {
 public:
  /// Loads and looks at what it has not yet. Throws what that throws, and an Error of kind
  /// kCancelled.
  protocol::SegmentResult segment(const protocol::SegmentParams& params,
                                  protocol::RequestContext& context);

 private:
  Turns turns_;
  std::string loadedFor_;  ///< guarded by turns_, as is the next
  std::unique_ptr<LoadedSegmenter> segmenter_;
};

}  // namespace orrery::engine
