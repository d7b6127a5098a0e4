#pragma once

#include <optional>
#include <string>

#include "core/protocol/server.h"
#include "core/protocol/train.h"

namespace orrery::protocol {

/// How runs of the fake engine go. Each step halves the distance of the loss to 0.1 and tells a
/// line of metrics; each fifth one is evaluated and is a checkpoint. Where a run is, it keeps in
/// its folder, so that another engine lists it and goes on.
struct TrainScript {
  int steps = 20;
  int stepMs = 2;
  std::optional<int> crashAt;         ///< a run from the start kills itself before this step
  std::optional<std::string> error;   ///< how a run ends behind its third step
  std::optional<std::string> refuse;  ///< what is wrong with every setting
  int measureMs = 0;

  static void fields(auto& f, auto& self) {
    f.optional("steps", self.steps);
    f.optional("step_ms", self.stepMs);
    f.optional("crash_at", self.crashAt);
    f.optional("error", self.error);
    f.optional("refuse", self.refuse);
    f.optional("measure_ms", self.measureMs);
  }
};

/// Answers train/run, train/steer, train/measure and train/runs. `script` outlives the server.
void serveTraining(Server& server, const TrainScript& script);

}  // namespace orrery::protocol
