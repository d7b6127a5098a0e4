#include "core/models/vision/sam_vision.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/models/vision/conv_layers.h"
#include "core/models/vision/grid_attention.h"
#include "core/nn/activation.h"

namespace orrery::models::vision {
namespace {

using Bias = nn::Linear::Bias;

GridAttentionConfig attentionConfig(const SamVisionConfig& c, std::int64_t grid) {
  GridAttentionConfig result{c.hidden, c.heads, c.qkvBias, std::nullopt};
  if (c.relativePositions) result.relative = Size{grid, grid};
  return result;
}

}  // namespace

class SamVisionEncoder::Block {
 public:
  Block(const nn::Weights& w, const SamVisionConfig& c, std::int64_t window)
      : window_(window),
        norm1_(w / "layer_norm1", c.hidden, c.normEps),
        norm2_(w / "layer_norm2", c.hidden, c.normEps),
        attention_(w / "attn", attentionConfig(c, window > 0 ? window : c.grid())),
        up_(w / "mlp.lin1", c.hidden, c.ffn, Bias::kRequired),
        down_(w / "mlp.lin2", c.ffn, c.hidden, Bias::kRequired),
        activation_(nn::activation(c.activation)) {}

  at::Tensor operator()(const at::Tensor& x, at::Tensor* weights) const {
    const at::Tensor seen = norm1_(x);
    const at::Tensor middle =
        x + (window_ > 0 ? fromWindows(attention_(intoWindows(seen, window_), weights), x.sizes())
                         : attention_(seen, weights));
    return middle + down_(activation_(up_(norm2_(middle))));
  }

 private:
  std::int64_t window_;
  nn::LayerNorm norm1_, norm2_;
  GridAttention attention_;
  nn::Linear up_, down_;
  nn::Activation activation_;
};

SamVisionEncoder::SamVisionEncoder(const nn::Weights& w, const SamVisionConfig& c) : config_(c) {
  constexpr double kNeckEps = 1e-6;
  const nn::Weights neck = w / "neck";
  patches_ = nn::Conv2d(w / "patch_embed.projection", c.channels, c.hidden,
                        nn::ConvolutionOptions::patches(c.patch));
  if (c.absolutePositions) positions_ = w.tensor("pos_embed", {1, c.grid(), c.grid(), c.hidden});
  for (std::int64_t i = 0; i < c.layers; ++i)
    blocks_.emplace_back(w / "layers" / i, c, c.globalLayers.contains(i) ? 0 : c.window);
  neck1_ = nn::Conv2d(neck / "conv1", c.hidden, c.outChannels,
                      nn::ConvolutionOptions::same(1, 1, 1, false));
  neckNorm1_ = nn::LayerNorm(neck / "layer_norm1", c.outChannels, kNeckEps);
  neck2_ = nn::Conv2d(neck / "conv2", c.outChannels, c.outChannels,
                      nn::ConvolutionOptions::same(3, 1, 1, false));
  neckNorm2_ = nn::LayerNorm(neck / "layer_norm2", c.outChannels, kNeckEps);
}

SamVisionEncoder::~SamVisionEncoder() = default;

at::Tensor SamVisionEncoder::forward(const at::Tensor& pixelValues, const nn::Observer* observer,
                                     const CancelToken* cancel) const {
  if (pixelValues.size(2) != config_.imageSize || pixelValues.size(3) != config_.imageSize)
    throw Error(ErrorKind::kInvalidInput,
                "input \"pixel_values\": expected pictures of {0} by {0} pixels, found {1} by {2}",
                config_.imageSize, pixelValues.size(3), pixelValues.size(2));
  at::Tensor x = patches_(pixelValues).permute({0, 2, 3, 1});
  if (positions_.defined()) x = x + positions_;
  x = x.contiguous();
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (cancel) cancel->throwIfCancelled();
    at::Tensor map;
    x = blocks_[i](x, observer ? &map : nullptr);
    if (!observer) continue;
    (*observer)(fmt::format("layers.{}.attention", i), map);
    (*observer)(fmt::format("layers.{}.residual", i), x.flatten(1, 2));
  }
  x = normChannels(neckNorm1_, neck1_(x.permute({0, 3, 1, 2})));
  return normChannels(neckNorm2_, neck2_(x)).contiguous();
}

}  // namespace orrery::models::vision
