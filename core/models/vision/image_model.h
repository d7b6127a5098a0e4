#pragma once

#include <functional>

#include "core/models/families.h"

namespace orrery::models::vision {

/// From pixel_values [batch, channels, height, width] to the outputs by name.
using ImageFunction =
    std::function<TensorMap(const at::Tensor& pixelValues, const nn::Observer* observer)>;

/// A model that takes pixel_values of `channels` channels and nothing else.
std::unique_ptr<Model> imageModel(std::int64_t channels, ImageFunction run);

/// What a network without its head makes of a picture.
struct ImageFeatures {
  at::Tensor last;    ///< [batch, width, height', width']
  at::Tensor pooled;  ///< [batch, width] or [batch, width, 1, 1]
};

/// The heads that every network of convolutions has.
struct ImageHeads {
  std::int64_t channels = 3;  ///< of the picture
  std::int64_t width = 0;     ///< of the pooled features
  std::int64_t labels = 2;
  const char* classifier = "classifier";  ///< in the checkpoint
};

/// Transformers' …Model (last_hidden_state, pooler_output) or …ForImageClassification (logits), as
/// the class says; another one is an Error that names it.
std::unique_ptr<Model> imageModel(
    const ModelSpec& spec, const ImageHeads& heads,
    std::function<ImageFeatures(const at::Tensor&, const nn::Observer*)> features);

}  // namespace orrery::models::vision
