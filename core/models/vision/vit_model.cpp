#include "core/models/vision/vit_model.h"

#include <cmath>

#include "core/base/error.h"

namespace orrery::models::vision {

Vit::Vit(const nn::Weights& base, const VitConfig& c)
    : config_(c),
      embeddings_(base / "embeddings", c.embedding, c.layer.hidden),
      layers_(base / "encoder.layer", c.layer, c.layers) {
  const Size grid = c.embedding.grid();
  if (c.sharedBias)
    sharedBias_ = PatchBias(base / "encoder.relative_position_bias", grid, c.layer.heads);
  for (std::int64_t i = 0; c.layerBias && i < c.layers; ++i)
    layerBias_.emplace_back(
        base / "encoder.layer" / i / "attention.attention.relative_position_bias", grid,
        c.layer.heads);
}

at::Tensor Vit::forward(const VitInput& input, const nn::Observer* observer,
                        std::function<at::Tensor(std::size_t, const at::Tensor&)> after) const {
  VitLayers::Around around{.bias = {}, .after = std::move(after), .observer = observer};
  if (sharedBias_.defined() || !layerBias_.empty()) {
    const Size grid = patchGrid(input.pixels, config_.embedding.patch);
    const at::Tensor shared = sharedBias_.defined() ? sharedBias_(grid) : at::Tensor();
    around.bias = [this, grid, shared](std::size_t layer) {
      if (layerBias_.empty()) return shared;
      const at::Tensor own = layerBias_[layer](grid);
      return shared.defined() ? own + shared : own;
    };
  }
  return layers_(embeddings_(input), around);
}

std::vector<at::Tensor> Vit::states(const VitInput& input, const nn::Observer* observer) const {
  std::vector<at::Tensor> all{embeddings_(input)};
  forward(input, observer, [&](std::size_t, const at::Tensor& x) {
    all.push_back(x);
    return x;
  });
  std::vector<at::Tensor> result;
  for (const std::size_t stage : config_.outStages) result.push_back(all.at(stage));
  return result;
}

VitInput vitInput(const TensorMap& inputs, std::int64_t channels) {
  checkInputs(inputs, {"pixel_values", "bool_masked_pos", "interpolate_pos_encoding"});
  return {.pixels = requireImages(inputs, channels),
          .masked = inputIf(inputs, "bool_masked_pos"),
          .interpolate = flagInput(inputs, "interpolate_pos_encoding")};
}

Classifier::Classifier(const nn::Weights& weights, std::int64_t in, std::int64_t labels) {
  if (labels > 0) linear_.emplace(weights, in, labels, nn::Linear::Bias::kRequired);
}

PixelDecoder::PixelDecoder(const nn::Weights& weights, std::int64_t hidden, std::int64_t stride,
                           std::int64_t channels)
    : convolution_(weights / "0", hidden, stride * stride * channels, {}), stride_(stride) {}

at::Tensor PixelDecoder::operator()(const at::Tensor& tokens) const {
  const auto side = static_cast<std::int64_t>(std::sqrt(static_cast<double>(tokens.size(1))));
  if (side * side != tokens.size(1))
    throw Error(ErrorKind::kInvalidInput, "expected a square picture, found {} patches",
                tokens.size(1))
        .in("input \"pixel_values\"");
  const at::Tensor plane =
      tokens.transpose(1, 2).reshape({tokens.size(0), tokens.size(2), side, side});
  return at::pixel_shuffle(convolution_(plane), stride_);
}

void refuseClass(const std::string& className, const std::string& modelType) {
  throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of {}", quoted(className),
              modelType);
}

}  // namespace orrery::models::vision
