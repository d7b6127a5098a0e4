#pragma once

#include "core/models/vision/backbone.h"
#include "core/models/vision/patch_bias.h"
#include "core/models/vision/vit.h"

namespace orrery::models::vision {

/// A model of the ViT family without a head.
class Vit {
 public:
  /// `base` is the scope that holds `embeddings` and `encoder`.
  Vit(const nn::Weights& base, const VitConfig& config);

  /// → the hidden state after the last layer [batch, tokens, hidden], before the final norm.
  /// `after` as in VitLayers::Around.
  at::Tensor forward(const VitInput& input, const nn::Observer* observer = nullptr,
                     std::function<at::Tensor(std::size_t, const at::Tensor&)> after = {}) const;

  /// The hidden states of the stages that the config names, in that order.
  std::vector<at::Tensor> states(const VitInput& input, const nn::Observer* observer) const;

  const VitConfig& config() const { return config_; }

 private:
  VitConfig config_;
  VitEmbeddings embeddings_;
  VitLayers layers_;
  PatchBias sharedBias_;
  std::vector<PatchBias> layerBias_;  ///< of each layer, or empty
};

/// What forward() was given, checked: pixel_values, bool_masked_pos, interpolate_pos_encoding.
VitInput vitInput(const TensorMap& inputs, std::int64_t channels);

/// The score of each class: a linear layer, or nothing at all where a config has no labels.
class Classifier {
 public:
  Classifier() = default;
  Classifier(const nn::Weights& weights, std::int64_t in, std::int64_t labels);
  at::Tensor operator()(const at::Tensor& x) const { return linear_ ? (*linear_)(x) : x; }

 private:
  std::optional<nn::Linear> linear_;
};

/// From tokens [batch, rows * columns, hidden] back to a picture [batch, channels, height, width]
/// (masked image modelling).
class PixelDecoder {
 public:
  PixelDecoder() = default;
  /// Takes `weights` / "0": `stride` pixels each way for each token.
  PixelDecoder(const nn::Weights& weights, std::int64_t hidden, std::int64_t stride,
               std::int64_t channels);
  at::Tensor operator()(const at::Tensor& tokens) const;

 private:
  nn::Conv2d convolution_;
  std::int64_t stride_ = 1;
};

/// An Error: `className` is not one of the heads of `modelType`.
[[noreturn]] void refuseClass(const std::string& className, const std::string& modelType);

}  // namespace orrery::models::vision
