#pragma once

#include "core/pipelines/input.h"
#include "core/pipelines/options.h"
#include "core/pipelines/task_registry.h"
#include "core/processors/image_processor.h"

namespace orrery::pipelines {

/// A model of pictures with what turns a picture into its inputs. May be shared by threads.
class VisionModel {
 public:
  /// An Error names the processor's file if it is missing or wrong.
  explicit VisionModel(PipelineParts parts);

  const models::Model& model() const { return *parts_.model; }
  const checkpoint::Checkpoint& checkpoint() const { return parts_.checkpoint; }
  JsonField config() const { return {parts_.checkpoint.config, "config.json"}; }
  const processors::ImageProcessor& processor() const { return *processor_; }

  /// The name of class `index`, by the config's id2label or timm's label_names.
  std::string label(std::int64_t index) const;

  /// Reads the picture and prepares it.
  processors::Features prepare(const Picture& picture) const;

  /// One pass over the prepared pictures; of their tensors, those that the model takes.
  models::TensorMap forward(const processors::Features& features) const;

 private:
  PipelineParts parts_;
  std::unique_ptr<const processors::ImageProcessor> processor_;
};

/// The output `name`; an Error names the class of model that has none.
at::Tensor requireOutput(const models::TensorMap& outputs, const std::string& name);

/// A map of one value a pixel, [height, width], at the size of the picture, as transformers'
/// post-processing of depth does it.
at::Tensor resizedMap(const at::Tensor& map, media::Size size);

}  // namespace orrery::pipelines
