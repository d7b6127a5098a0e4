#include <fmt/format.h>

#include "core/base/error.h"
#include "core/models/vision/conv_layers.h"
#include "core/models/vision/grid_attention.h"
#include "core/models/vision/image_model.h"
#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit.h"
#include "core/models/vision/vitdet_config.h"

namespace orrery::models::vision {
namespace {

using Bias = nn::Linear::Bias;

/// x + convolutions(x), each with a norm over the channels.
class ResidualConvolutions {
 public:
  ResidualConvolutions() = default;
  ResidualConvolutions(const nn::Weights& w, const VitDetConfig& c)
      : activation_(nn::activation(c.activation)) {
    const std::int64_t middle = c.hidden / 2;
    add(w, c.hidden, middle, 1);
    add(w, middle, middle, 3);
    add(w, middle, c.hidden, 1);
  }
  /// x [batch, height, width, channels] → the same shape.
  at::Tensor operator()(const at::Tensor& x) const {
    at::Tensor y = x.permute({0, 3, 1, 2});
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      y = normChannels(steps_[i].norm, steps_[i].convolution(y));
      if (i + 1 < steps_.size()) y = activation_(y);
    }
    return x + y.permute({0, 2, 3, 1});
  }
  bool defined() const { return !steps_.empty(); }

 private:
  struct Step {
    nn::Conv2d convolution;
    nn::LayerNorm norm;
  };
  void add(const nn::Weights& w, std::int64_t in, std::int64_t out, std::int64_t kernel) {
    const auto number = steps_.size() + 1;
    const auto options = nn::ConvolutionOptions::same(kernel, 1, 1, /*bias=*/false);
    steps_.push_back({nn::Conv2d(w / fmt::format("conv{}", number), in, out, options),
                      nn::LayerNorm(w / fmt::format("norm{}", number), out, 1e-6)});
  }

  std::vector<Step> steps_;
  nn::Activation activation_ = nullptr;
};

class Layer {
 public:
  Layer(const nn::Weights& w, const VitDetConfig& c, std::int64_t index)
      : window_(c.windowLayers.contains(index) ? c.window : 0),
        norm1_(w / "norm1", c.hidden, c.normEps),
        norm2_(w / "norm2", c.hidden, c.normEps),
        attention_(w / "attention", attentionConfig(c, window_)),
        up_(w / "mlp.fc1", c.hidden, c.ffn, Bias::kRequired),
        down_(w / "mlp.fc2", c.ffn, c.hidden, Bias::kRequired),
        activation_(nn::activation(c.activation)) {
    if (c.residualLayers.contains(index)) residual_ = ResidualConvolutions(w / "residual", c);
  }

  /// x [batch, height, width, channels] → the same shape.
  at::Tensor operator()(const at::Tensor& x, at::Tensor* map) const {
    const at::Tensor seen = norm1_(x);
    at::Tensor y =
        x + (window_ > 0 ? fromWindows(attention_(intoWindows(seen, window_), map), x.sizes())
                         : attention_(seen, map));
    y = y + down_(activation_(up_(norm2_(y))));
    return residual_.defined() ? residual_(y) : y;
  }

 private:
  static GridAttentionConfig attentionConfig(const VitDetConfig& c, std::int64_t window) {
    GridAttentionConfig result{c.hidden, c.heads, c.qkvBias, std::nullopt};
    if (c.relativePositions) result.relative = window > 0 ? Size{window, window} : c.grid;
    return result;
  }

  std::int64_t window_;
  nn::LayerNorm norm1_, norm2_;
  GridAttention attention_;
  nn::Linear up_, down_;
  nn::Activation activation_;
  ResidualConvolutions residual_;
};

class VitDet {
 public:
  VitDet(const nn::Weights& w, const VitDetConfig& c) : patch_(c.patch) {
    const nn::Weights embeddings = w / "embeddings";
    nn::ConvolutionOptions options;
    options.kernel = options.stride = {c.patch.height, c.patch.width};
    projection_ = nn::Conv2d(embeddings / "projection", c.channels, c.hidden, options);
    // The first position is that of a class token, which this model does not have.
    if (c.positions > 0)
      positions_ = embeddings.tensor("position_embeddings", {1, c.positions + 1, c.hidden})
                       .narrow(1, 1, c.positions);
    for (std::int64_t i = 0; i < c.layers; ++i) layers_.emplace_back(w / "encoder.layer" / i, c, i);
  }

  /// → what the embeddings and each layer give: [batch, hidden, rows, columns].
  std::vector<at::Tensor> operator()(const at::Tensor& pixels, const nn::Observer* observer) const {
    const Size grid = patchGrid(pixels, patch_);
    at::Tensor x = projection_(pixels).permute({0, 2, 3, 1});
    if (positions_.defined())
      x = x + resizePositions(positions_, squareOf(positions_.size(1)), grid)
                  .view({1, grid.height, grid.width, -1});
    std::vector<at::Tensor> maps{x.permute({0, 3, 1, 2})};
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      at::Tensor map;
      x = layers_[i](x, observer ? &map : nullptr);
      maps.push_back(x.permute({0, 3, 1, 2}));
      if (!observer) continue;
      (*observer)(fmt::format("layers.{}.attention", i), map);
      (*observer)(fmt::format("layers.{}.residual", i), x.flatten(1, 2));
    }
    return maps;
  }

 private:
  Size patch_;
  nn::Conv2d projection_;
  at::Tensor positions_;  ///< [1, patches, hidden] or undefined
  std::vector<Layer> layers_;
};

}  // namespace

std::unique_ptr<Backbone> makeVitDetBackbone(const JsonField& config, const nn::Weights& weights) {
  const auto c = VitDetConfig::read(config);
  const auto width = [&](std::size_t) { return c.hidden; };
  return std::make_unique<StagesBackbone<VitDet>>(VitDet(weights, c), c.outStages, width);
}

std::unique_ptr<Model> makeVitDet(const ModelSpec& spec) {
  if (spec.className.ends_with("Backbone")) return backboneModel(spec);
  if (!spec.className.ends_with("Model"))
    throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of vitdet",
                quoted(spec.className));
  const auto config = VitDetConfig::read(spec.config);
  const VitDet net(baseScope(spec.weights, {"vitdet"}), config);
  return imageModel(config.channels, [net](const at::Tensor& pixels, const nn::Observer* observer) {
    return TensorMap{{"last_hidden_state", net(pixels, observer).back()}};
  });
}

}  // namespace orrery::models::vision
