#pragma once

#include "core/base/json.h"

/// Fitting a model to the user's own data.
namespace orrery::protocol {

/// One line of metrics of a run, sent while it goes on: {"loss", "grad_norm", "learning_rate",
/// "epoch", "step"}, or of an evaluation {"eval_loss", …}.
struct TrainMetrics {
  static constexpr auto kMethod = "train/metrics";

  Json request;  ///< id of the request
  Json metrics;

  bool operator==(const TrainMetrics&) const = default;
  static void fields(auto& f, auto& self) {
    f("request", self.request);
    f("metrics", self.metrics);
  }
};

struct TrainResult {
  Json figures;  ///< the document of `orrery-cli train --json`

  bool operator==(const TrainResult&) const = default;
  static void fields(auto& f, auto& self) { f("figures", self.figures); }
};

/// Trains to the end. Cancelled, it writes a checkpoint first; the same settings with
/// resume_from_checkpoint go on from there.
struct TrainParams {
  static constexpr auto kMethod = "train/run";
  using Result = TrainResult;

  Json settings;  ///< as of `orrery-cli train`

  bool operator==(const TrainParams&) const = default;
  static void fields(auto& f, auto& self) { f("settings", self.settings); }
};

}  // namespace orrery::protocol
