#pragma once

#include <ATen/core/grad_mode.h>

#include <string>

#include "core/models/timeseries/patch_parts.h"

namespace orrery::models::timeseries {

/// What every class of PatchTST and PatchTSMixer has: series that are cut and go through the
/// encoder. By itself it is transformers' …Model; heads override run().
template <class Config, class Encoder>
class PatchModel : public Model {
 public:
  /// `weights` holds "encoder"; `maskName` is the input that tells which values were observed.
  PatchModel(const nn::Weights& weights, const Config& config, const char* maskName)
      : config_(config), encoder_(weights / "encoder", config), maskName_(maskName) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer*) const override {
    const at::NoGradGuard noGrad;
    return checked(inputs, nullptr);
  }
  TensorMap trainingForward(const TensorMap& inputs, const nn::TrainingPass& pass) const override {
    return checked(inputs, &pass);
  }

 protected:
  virtual TensorMap run(const PatchedSeries& series, const TensorMap&,
                        const nn::TrainingPass* pass) const {
    return {{"last_hidden_state", encoder_(series.patches, pass)},
            {"loc", series.loc},
            {"scale", series.scale},
            {"patch_input", series.patches}};
  }

  Config config_;
  Encoder encoder_;

 private:
  TensorMap checked(const TensorMap& inputs, const nn::TrainingPass* pass) const {
    checkInputs(inputs, {"past_values", maskName_, "future_values", "target_values"});
    return run(patchSeries(config_.series, inputs, maskName_), inputs, pass);
  }

  const char* maskName_;
};

}  // namespace orrery::models::timeseries
