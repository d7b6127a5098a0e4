#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "core/models/vision/conv_layers.h"
#include "core/models/vision/image_model.h"
#include "core/models/vision/regnet_config.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

using nn::ConvBatchNorm2d;

nn::ConvolutionOptions options(std::int64_t kernel, std::int64_t stride = 1,
                               std::int64_t groups = 1) {
  return nn::ConvolutionOptions::same(kernel, stride, groups, /*bias=*/false);
}

/// act(narrow(squeeze(grouped(widen(x)))) + shortcut(x)); the squeeze in "y" layers.
class Layer {
 public:
  Layer(const nn::Weights& w, const RegNetConfig& c, std::int64_t in, std::int64_t out,
        std::int64_t stride)
      : first_(convNorm(w / "layer.0", in, out, options(1), c.activation)),
        grouped_(convNorm(w / "layer.1", out, out,
                          options(3, stride, std::max<std::int64_t>(1, out / c.groupsWidth)),
                          c.activation)),
        last_(convNorm(w / (c.squeezes ? "layer.3" : "layer.2"), out, out, options(1),
                       c.activation)) {
    // Half a channel goes to the even number, as Python rounds.
    const auto squeezed = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(in) / 4));
    const nn::Weights squeeze = w / "layer.2.attention";
    if (c.squeezes) squeeze_.emplace(squeeze / 0, squeeze / 2, out, squeezed, "relu");
    if (in != out || stride != 1)
      shortcut_ = convNorm(w / "shortcut", in, out, options(1, stride), "linear");
  }

  at::Tensor operator()(const at::Tensor& x) const {
    at::Tensor y = grouped_(first_(x));
    if (squeeze_) y = (*squeeze_)(y);
    return last_(y, shortcut_.defined() ? shortcut_(x) : x);
  }

 private:
  ConvBatchNorm2d first_, grouped_, last_, shortcut_;
  std::optional<SqueezeExcite> squeeze_;
};

class RegNet {
 public:
  RegNet(const nn::Weights& w, const RegNetConfig& c)
      : stem_(convNorm(w / "embedder.embedder", c.channels, c.embedding, options(3, 2),
                       c.activation)) {
    std::int64_t in = c.embedding;
    for (std::size_t i = 0; i < c.depths.size(); ++i) {
      const nn::Weights scope = w / "encoder.stages" / static_cast<std::int64_t>(i) / "layers";
      const std::int64_t stride = i > 0 || c.downsampleFirstStage ? 2 : 1, out = c.hiddenSizes[i];
      auto& stage = stages_.emplace_back();
      for (std::int64_t j = 0; j < c.depths[i]; ++j)
        stage.emplace_back(scope / j, c, j == 0 ? in : out, out, j == 0 ? stride : 1);
      in = out;
    }
  }

  at::Tensor operator()(const at::Tensor& pixels, const nn::Observer* observer) const {
    at::Tensor x = stem_(pixels);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      for (const Layer& layer : stages_[i]) x = layer(x);
      if (observer) (*observer)(fmt::format("stages.{}", i + 1), x);
    }
    return x;
  }

 private:
  ConvBatchNorm2d stem_;
  std::vector<std::vector<Layer>> stages_;
};

}  // namespace

std::unique_ptr<Model> makeRegNet(const ModelSpec& spec) {
  const auto config = RegNetConfig::read(spec.config);
  const RegNet net(baseScope(spec.weights, {"regnet"}), config);
  const ImageHeads heads{.channels = config.channels,
                         .width = config.hiddenSizes.back(),
                         .labels = config.labels,
                         .classifier = "classifier.1"};
  return imageModel(spec, heads, [net](const at::Tensor& pixels, const nn::Observer* observer) {
    const at::Tensor last = net(pixels, observer);
    return ImageFeatures{last, last.mean({2, 3}, /*keepdim=*/true)};
  });
}

}  // namespace orrery::models::vision
