#include <fmt/format.h>

#include "core/models/vision/conv_layers.h"
#include "core/models/vision/image_model.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

/// A stem, then pairs: each channel by itself, then the channels of each pixel.
class MobileNetV1 {
 public:
  MobileNetV1(const nn::Weights& w, const MobileNetV1Config& c) {
    const auto add = [&](const nn::Weights& scope, std::int64_t in, std::int64_t out,
                         const nn::ConvolutionOptions& options) {
      layers_.push_back(convNorm(scope, in, out, options, c.style.activation, c.style.normEps));
    };
    add(w / "conv_stem", c.channels, c.stem, mobileOptions(c.style, 3, 2));
    for (std::size_t i = 0; i < c.blocks.size(); ++i) {
      const auto& block = c.blocks[i];
      const auto first = static_cast<std::int64_t>(2 * i);
      add(w / "layer" / first, block.in, block.in,
          mobileOptions(c.style, 3, block.stride, block.in));
      add(w / "layer" / (first + 1), block.in, block.out, mobileOptions(c.style, 1));
    }
  }

  at::Tensor operator()(const at::Tensor& pixels, const nn::Observer* observer) const {
    at::Tensor x = pixels;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      x = layers_[i](x);
      if (observer && i > 0) (*observer)(fmt::format("layers.{}", i - 1), x);
    }
    return x;
  }

 private:
  std::vector<nn::ConvBatchNorm2d> layers_;
};

}  // namespace

std::unique_ptr<Model> makeMobileNetV1(const ModelSpec& spec) {
  const auto config = MobileNetV1Config::read(spec.config);
  const MobileNetV1 net(baseScope(spec.weights, {"mobilenet_v1"}), config);
  const ImageHeads heads{
      .channels = config.channels, .width = config.blocks.back().out, .labels = config.labels};
  return imageModel(spec, heads, [net](const at::Tensor& pixels, const nn::Observer* observer) {
    const at::Tensor last = net(pixels, observer);
    return ImageFeatures{last, last.mean({2, 3})};
  });
}

}  // namespace orrery::models::vision
