#pragma once

#include <memory>

#include "app/cli/engine_turns.h"
#include "app/cli/runtime.h"
#include "core/protocol/pipeline.h"
#include "core/protocol/server.h"

namespace orrery::engine {

/// The engine's one pipeline in memory, the last that was asked for. Thread-safe: requests run in
/// turn.
class PipelineStore {
 public:
  /// Loads what is not loaded yet and runs. Throws what loading and running throw, and an Error of
  /// kind kCancelled.
  protocol::RunPipelineResult run(const protocol::RunPipelineParams& params,
                                  protocol::RequestContext& context);

 private:
  Turns turns_;
  protocol::RunPipelineParams loadedFor_;  ///< guarded by turns_, as is the next
  std::unique_ptr<LoadedPipeline> pipeline_;
};

protocol::TasksResult pipelineTasks();

}  // namespace orrery::engine
