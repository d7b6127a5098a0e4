#pragma once

#include "core/pipelines/input.h"
#include "core/pipelines/task_registry.h"
#include "core/processors/feature_extractor.h"

namespace orrery::pipelines {

/// A model of sounds with what turns a sound into its inputs. May be shared by threads.
class SoundModel {
 public:
  /// An Error names the extractor's file if it is missing or wrong.
  explicit SoundModel(PipelineParts parts);

  const checkpoint::Checkpoint& checkpoint() const { return parts_.checkpoint; }
  JsonField config() const { return {parts_.checkpoint.config, "config.json"}; }
  const models::Model& model() const { return *parts_.model; }
  const processors::FeatureExtractor& extractor() const { return *extractor_; }

  /// Reads the sound of a file and prepares it.
  models::TensorMap prepare(const Sound& sound, const JobContext& context) const;
  /// One pass over what was prepared.
  models::TensorMap forward(const models::TensorMap& inputs) const {
    return parts_.model->forward(inputs);
  }

 private:
  PipelineParts parts_;
  std::unique_ptr<const processors::FeatureExtractor> extractor_;
};

}  // namespace orrery::pipelines
