#pragma once

#include <map>
#include <mutex>
#include <string>

#include "core/base/pause.h"
#include "core/protocol/server.h"
#include "core/protocol/train.h"

namespace orrery::engine {

/// The runs that this engine trains, so that they can be told to rest. Thread-safe.
class TrainStore {
 public:
  /// Answers train/run.
  protocol::TrainResult run(const protocol::TrainParams& params, protocol::RequestContext& context);
  /// Answers train/steer. An Error if no such run goes on here.
  protocol::Done steer(const protocol::SteerTrainingParams& params);

 private:
  std::mutex mutex_;
  std::map<std::string, PauseToken> running_;  ///< by output_dir
};

/// Answers train/measure.
protocol::MeasureTrainingResult measureTraining(const protocol::MeasureTrainingParams& params,
                                                protocol::RequestContext& context);
/// Answers train/runs.
protocol::ListTrainingsResult listTrainings(const protocol::ListTrainingsParams& params,
                                            protocol::RequestContext& context);

}  // namespace orrery::engine
