#include <fmt/format.h>

#include "core/models/vision/conv_layers.h"
#include "core/models/vision/efficientnet_config.h"
#include "core/models/vision/image_model.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

using nn::ConvBatchNorm2d;
using nn::ConvolutionOptions;
using Block = EfficientNetConfig::Block;

/// Halves or keeps the picture, each channel by itself.
ConvolutionOptions depthwiseOptions(const Block& block) {
  auto options = ConvolutionOptions::same(block.kernel, block.stride, block.expanded, false);
  if (block.stride == 1) {
    // An even kernel leaves one pixel more for the end.
    options.padding.fill((block.kernel - 1) / 2);
    options.endPadding.fill((block.kernel - 1) % 2);
  } else if (!block.symmetricPadding) {
    options.padding.fill(block.kernel / 2 - 1);
    options.endPadding.fill(1);
  }
  return options;
}

class Layer {
 public:
  Layer(const nn::Weights& w, const EfficientNetConfig& c, const Block& block)
      : depthwise_(step(w / "depthwise_conv", "depthwise_conv", "depthwise_norm", block.expanded,
                        block.expanded, depthwiseOptions(block), c, c.activation)),
        squeeze_(w / "squeeze_excite.reduce", w / "squeeze_excite.expand", block.expanded,
                 block.squeezed, c.activation),
        project_(step(w / "projection", "project_conv", "project_bn", block.expanded, block.out,
                      pointwise(), c, "linear")),
        residual_(block.residual) {
    if (block.expands)
      expand_ = step(w / "expansion", "expand_conv", "expand_bn", block.in, block.expanded,
                     pointwise(), c, c.activation);
  }

  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor y = squeeze_(depthwise_(expand_.defined() ? expand_(x) : x));
    return residual_ ? project_(y, x) : project_(y);
  }

  static ConvolutionOptions pointwise() { return ConvolutionOptions::same(1, 1, 1, false); }
  /// Convolution and norm of a scope, by their names there, and an activation.
  static ConvBatchNorm2d step(const nn::Weights& w, const char* convolution, const char* norm,
                              std::int64_t in, std::int64_t out, const ConvolutionOptions& options,
                              const EfficientNetConfig& c, std::string_view activation) {
    return {nn::Conv2d(w / convolution, in, out, options),
            nn::BatchNorm2d(w / norm, out, c.normEps), activation};
  }

 private:
  ConvBatchNorm2d expand_, depthwise_;
  SqueezeExcite squeeze_;
  ConvBatchNorm2d project_;
  bool residual_;
};

class EfficientNet {
 public:
  EfficientNet(const nn::Weights& w, const EfficientNetConfig& c) {
    auto options = ConvolutionOptions::same(3, 2, 1, /*bias=*/false);
    options.padding = {0, 0};
    options.endPadding = {1, 1};
    stem_ = Layer::step(w / "embeddings", "convolution", "batchnorm", c.channels, c.stem, options,
                        c, c.activation);
    for (std::size_t i = 0; i < c.blocks.size(); ++i)
      layers_.emplace_back(w / "encoder.blocks" / static_cast<std::int64_t>(i), c, c.blocks[i]);
    last_ = Layer::step(w / "encoder", "top_conv", "top_bn", c.blocks.back().out, c.last,
                        Layer::pointwise(), c, c.activation);
  }

  at::Tensor operator()(const at::Tensor& pixels, const nn::Observer* observer) const {
    at::Tensor x = stem_(pixels);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      x = layers_[i](x);
      if (observer) (*observer)(fmt::format("layers.{}", i), x);
    }
    return last_(x);
  }

 private:
  ConvBatchNorm2d stem_, last_;
  std::vector<Layer> layers_;
};

}  // namespace

std::unique_ptr<Model> makeEfficientNet(const ModelSpec& spec) {
  const auto config = EfficientNetConfig::read(spec.config);
  const EfficientNet net(baseScope(spec.weights, {"efficientnet"}), config);
  const ImageHeads heads{
      .channels = config.channels, .width = config.last, .labels = config.labels};
  const bool max = config.maxPooling;
  return imageModel(spec, heads, [=](const at::Tensor& pixels, const nn::Observer* observer) {
    const at::Tensor last = net(pixels, observer);
    return ImageFeatures{last, max ? last.amax({2, 3}) : last.mean({2, 3})};
  });
}

}  // namespace orrery::models::vision
