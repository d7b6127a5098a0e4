#include <fmt/format.h>

#include "core/models/vision/conv_layers.h"
#include "core/models/vision/image_model.h"
#include "core/models/vision/resnet_config.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

using nn::ConvBatchNorm2d;
using nn::ConvolutionOptions;

ConvBatchNorm2d convolution(const nn::Weights& w, std::int64_t in, std::int64_t out,
                            std::int64_t kernel, std::int64_t stride, std::string_view activation) {
  return convNorm(w, in, out, ConvolutionOptions::same(kernel, stride, 1, /*bias=*/false),
                  activation);
}

/// A residual layer, basic or bottleneck: act(convolutions(x) + shortcut(x)).
class Layer {
 public:
  Layer(const nn::Weights& w, const ResNetConfig& c, std::int64_t in, std::int64_t out,
        std::int64_t stride, bool first) {
    const nn::Weights inner = w / "layer";
    if (c.layer == ResNetConfig::Layer::kBasic) {
      layers_ = {convolution(inner / 0, in, out, 3, stride, "relu"),
                 convolution(inner / 1, out, out, 3, 1, c.activation)};
    } else {
      const std::int64_t middle = out / 4;
      const bool early = c.downsampleFirstConvolution;
      layers_ = {convolution(inner / 0, in, middle, 1, early ? stride : 1, "relu"),
                 convolution(inner / 1, middle, middle, 3, early ? 1 : stride, "relu"),
                 convolution(inner / 2, middle, out, 1, 1, c.activation)};
    }
    addShortcut(w / "shortcut", c, in, out, stride, first);
  }

  at::Tensor operator()(const at::Tensor& x) const {
    at::Tensor y = x;
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i) y = layers_[i](y);
    return layers_.back()(y, shortcut(x));
  }

 private:
  void addShortcut(const nn::Weights& w, const ResNetConfig& c, std::int64_t in, std::int64_t out,
                   std::int64_t stride, bool first) {
    const bool basic = c.layer == ResNetConfig::Layer::kBasic;
    pooled_ = c.pooledShortcut && (basic ? in != out : stride == 2);
    // RT-DETR's basic layers project at the start of every stage.
    const bool project = in != out || stride != 1 || (c.pooledShortcut && basic && first);
    if (project)
      shortcut_ = convolution(pooled_ ? w / 1 : w, in, out, 1, pooled_ ? 1 : stride, "linear");
  }

  at::Tensor shortcut(const at::Tensor& x) const {
    const at::Tensor smaller = pooled_ ? at::avg_pool2d(x, 2, 2, 0, /*ceil_mode=*/true) : x;
    return shortcut_.defined() ? shortcut_(smaller) : smaller;
  }

  std::vector<ConvBatchNorm2d> layers_;
  ConvBatchNorm2d shortcut_;
  bool pooled_ = false;
};

/// Stem and stages.
class ResNet {
 public:
  ResNet(const nn::Weights& w, const ResNetConfig& c) {
    addStem(w / "embedder.embedder", c);
    std::int64_t in = c.embedding;
    for (std::size_t i = 0; i < c.depths.size(); ++i) {
      const nn::Weights scope = w / "encoder.stages" / static_cast<std::int64_t>(i) / "layers";
      const std::int64_t stride = i > 0 || c.downsampleFirstStage ? 2 : 1, out = c.hiddenSizes[i];
      auto& stage = stages_.emplace_back();
      for (std::int64_t j = 0; j < c.depths[i]; ++j)
        stage.emplace_back(scope / j, c, j == 0 ? in : out, out, j == 0 ? stride : 1, j == 0);
      in = out;
    }
  }

  /// → what the stem and each stage give.
  std::vector<at::Tensor> operator()(const at::Tensor& pixels, const nn::Observer* observer) const {
    at::Tensor x = pixels;
    for (const ConvBatchNorm2d& layer : stem_) x = layer(x);
    std::vector<at::Tensor> maps{at::max_pool2d(x, 3, 2, 1)};
    for (const auto& stage : stages_) {
      x = maps.back();
      for (const Layer& layer : stage) x = layer(x);
      if (observer) (*observer)(fmt::format("stages.{}", maps.size()), x);
      maps.push_back(x);
    }
    return maps;
  }

 private:
  void addStem(const nn::Weights& w, const ResNetConfig& c) {
    if (!c.deepStem) {
      stem_ = {convolution(w, c.channels, c.embedding, 7, 2, c.activation)};
      return;
    }
    const std::int64_t half = c.embedding / 2;
    stem_ = {convolution(w / 0, c.channels, half, 3, 2, c.activation),
             convolution(w / 1, half, half, 3, 1, c.activation),
             convolution(w / 2, half, c.embedding, 3, 1, c.activation)};
  }

  std::vector<ConvBatchNorm2d> stem_;
  std::vector<std::vector<Layer>> stages_;
};

}  // namespace

std::unique_ptr<Backbone> makeResNetBackbone(const JsonField& config, const nn::Weights& weights) {
  const auto c = ResNetConfig::read(config);
  const auto width = [&](std::size_t stage) {
    return stage == 0 ? c.embedding : c.hiddenSizes[stage - 1];
  };
  return std::make_unique<StagesBackbone<ResNet>>(ResNet(weights, c), c.outStages, width);
}

std::unique_ptr<Model> makeResNet(const ModelSpec& spec) {
  if (spec.className.ends_with("Backbone")) return backboneModel(spec);
  const auto config = ResNetConfig::read(spec.config);
  const ResNet net(baseScope(spec.weights, {"resnet"}), config);
  const ImageHeads heads{.channels = config.channels,
                         .width = config.hiddenSizes.back(),
                         .labels = config.labels,
                         .classifier = "classifier.1"};
  return imageModel(spec, heads, [net](const at::Tensor& pixels, const nn::Observer* observer) {
    const at::Tensor last = net(pixels, observer).back();
    return ImageFeatures{last, last.mean({2, 3}, /*keepdim=*/true)};
  });
}

}  // namespace orrery::models::vision
