#include "core/models/vision/rt_detr_encoder.h"

#include <fmt/format.h>

#include "core/base/error.h"

namespace orrery::models::vision {

using nn::ConvBatchNorm2d;

ConvBatchNorm2d convNorm(const nn::Weights& w, std::int64_t in, std::int64_t out,
                         const ConvNormOptions& o) {
  return {nn::Conv2d(w / o.convolution, in, out,
                     nn::ConvolutionOptions::same(o.kernel, o.stride, 1, /*bias=*/false)),
          nn::BatchNorm2d(w / o.norm, out, o.eps), o.activation};
}

/// Two maps as one: a path of blocks of two convolutions, and one past it.
class RtDetrEncoder::FusingBlock {
 public:
  FusingBlock(const nn::Weights& w, const RtDetrConfig& c)
      : activation_(nn::activation(c.activation)) {
    const std::int64_t dim = c.blockDim;
    ConvNormOptions options{.activation = c.activation, .eps = c.batchNormEps};
    in_ = convNorm(w / "conv1", 2 * c.encoderDim, dim, options);
    past_ = convNorm(w / "conv2", 2 * c.encoderDim, dim, options);
    if (dim != c.encoderDim) out_ = convNorm(w / "conv3", dim, c.encoderDim, options);
    options.activation = "linear";
    for (std::int64_t i = 0; i < 3; ++i) {
      const nn::Weights block = w / "bottlenecks" / i;
      options.kernel = 3;
      wide_.push_back(convNorm(block / "conv1", dim, dim, options));
      options.kernel = 1;
      narrow_.push_back(convNorm(block / "conv2", dim, dim, options));
    }
  }

  at::Tensor operator()(const at::Tensor& a, const at::Tensor& b) const {
    const at::Tensor both = at::cat({a, b}, 1);
    at::Tensor x = in_(both);
    for (std::size_t i = 0; i < wide_.size(); ++i) x = activation_(wide_[i](x) + narrow_[i](x));
    x = x + past_(both);
    return out_.defined() ? out_(x) : x;
  }

 private:
  nn::Activation activation_;
  ConvBatchNorm2d in_, past_, out_;
  std::vector<ConvBatchNorm2d> wide_, narrow_;
};

RtDetrEncoder::RtDetrEncoder(const nn::Weights& w, const RtDetrConfig& c) : config_(c) {
  const auto norms =
      c.normFirst ? EncoderLayer::Norms::kBeforeShortcut : EncoderLayer::Norms::kAfter;
  const EncoderLayer::Sizes sizes{c.encoderDim,        c.encoderHeads, c.encoderFfn,
                                  c.encoderActivation, c.layerNormEps, norms};
  for (std::size_t i = 0; i < c.attentionLevels.size(); ++i) {
    auto& layers = attention_.emplace_back();
    for (std::int64_t j = 0; j < c.encoderLayers; ++j)
      layers.emplace_back(w / "encoder" / static_cast<std::int64_t>(i) / "layers" / j, sizes);
  }
  ConvNormOptions options{.activation = c.activation, .eps = c.batchNormEps};
  for (std::int64_t i = 0; i + 1 < std::ssize(c.encoderChannels); ++i) {
    options.kernel = options.stride = 1;
    lateral_.push_back(convNorm(w / "lateral_convs" / i, c.encoderDim, c.encoderDim, options));
    toFine_.emplace_back(w / "fpn_blocks" / i, c);
    options.kernel = 3;
    options.stride = 2;
    down_.push_back(convNorm(w / "downsample_convs" / i, c.encoderDim, c.encoderDim, options));
    toCoarse_.emplace_back(w / "pan_blocks" / i, c);
  }
}

RtDetrEncoder::~RtDetrEncoder() = default;

namespace {

/// [1, rows * columns, dim]: sines, then cosines of the row, then of the column.
at::Tensor gridSines(const at::Tensor& map, std::int64_t dim, double temperature) {
  const at::Tensor wave =
      at::pow(temperature, at::arange(dim / 4, at::kDouble) / (-static_cast<double>(dim / 4)));
  const auto axes = at::meshgrid(
      {at::arange(map.size(2), at::kDouble), at::arange(map.size(3), at::kDouble)}, "ij");
  const at::Tensor row = axes[0].flatten().outer(wave), column = axes[1].flatten().outer(wave);
  return at::cat({row.sin(), row.cos(), column.sin(), column.cos()}, 1).to(at::kFloat).unsqueeze(0);
}

}  // namespace

at::Tensor RtDetrEncoder::attend(std::size_t index, const at::Tensor& map,
                                 const nn::Observer* observer) const {
  const at::Tensor positions =
      config_.positions ? gridSines(map, config_.encoderDim, config_.temperature) : at::Tensor();
  at::Tensor x = map.flatten(2).transpose(1, 2);
  const auto& layers = attention_[index];
  for (std::size_t i = 0; i < layers.size(); ++i) {
    at::Tensor weights;
    x = layers[i](x, positions, {}, observer ? &weights : nullptr);
    if (observer) (*observer)(fmt::format("encoder.{}.layers.{}.attention", index, i), weights);
  }
  return x.transpose(1, 2).reshape(map.sizes());
}

std::vector<at::Tensor> RtDetrEncoder::operator()(std::vector<at::Tensor> maps,
                                                  const nn::Observer* observer) const {
  for (std::size_t i = 0; i < attention_.size(); ++i) {
    at::Tensor& map = maps[static_cast<std::size_t>(config_.attentionLevels[i])];
    if (!attention_[i].empty()) map = attend(i, map, observer);
  }
  for (std::size_t i = 0; i < toFine_.size(); ++i) {
    at::Tensor &coarse = maps[maps.size() - 1 - i], &fine = maps[maps.size() - 2 - i];
    if (fine.size(2) != 2 * coarse.size(2) || fine.size(3) != 2 * coarse.size(3))
      throw Error(ErrorKind::kInvalidInput,
                  "input \"pixel_values\": the picture's sides must be multiples of the "
                  "model's largest stride; feature maps have {} by {} and {} by {} places",
                  fine.size(3), fine.size(2), coarse.size(3), coarse.size(2));
    coarse = lateral_[i](coarse);
    const std::vector<std::int64_t> size{fine.size(2), fine.size(3)};
    fine = toFine_[i](at::upsample_nearest2d(coarse, size), fine);
  }
  for (std::size_t i = 0; i < toCoarse_.size(); ++i)
    maps[i + 1] = toCoarse_[i](down_[i](maps[i]), maps[i + 1]);
  return maps;
}

}  // namespace orrery::models::vision
