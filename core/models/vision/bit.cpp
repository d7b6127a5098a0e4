#include <fmt/format.h>

#include "core/base/error.h"
#include "core/models/vision/bit_config.h"
#include "core/models/vision/image_model.h"
#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit.h"
#include "core/nn/convolution_padding.h"

/// bit (Kolesnikov et al. 2019).
namespace orrery::models::vision {
namespace {

using nn::ConvolutionOptions;

nn::Conv2d convolution(const nn::Weights& w, const BitConfig& c, std::int64_t in, std::int64_t out,
                       std::int64_t kernel, std::int64_t stride = 1, std::int64_t dilation = 1) {
  const std::int64_t padding = (stride - 1 + dilation * (kernel - 1)) / 2;
  const ConvolutionOptions options{.kernel = {kernel, kernel},
                                   .stride = {stride, stride},
                                   .padding = {padding, padding},
                                   .dilation = {dilation, dilation},
                                   .bias = false,
                                   .tensorflowPadding = c.samePadding};
  return nn::Conv2d::standardized(w, in, out, options, 1e-8);
}

/// A group norm and an activation.
class Norm {
 public:
  Norm() = default;
  Norm(const nn::Weights& w, const BitConfig& c, std::int64_t channels, std::string_view activation)
      : norm_(w, c.groups, channels), activation_(nn::activation(activation)) {}
  at::Tensor operator()(const at::Tensor& x) const { return activation_(norm_(x)); }

 private:
  nn::GroupNorm norm_;
  nn::Activation activation_ = nullptr;
};

/// A residual layer of three convolutions.
class Layer {
 public:
  /// Layer `index` of a stage.
  Layer(const nn::Weights& w, const BitConfig& c, const BitConfig::Stage& stage, std::int64_t in,
        std::int64_t index)
      : before_(c.layer == BitConfig::Layer::kPreactivation),
        activation_(nn::activation(c.activation)) {
    const bool first = index == 0;
    const std::int64_t stride = first ? stage.stride : 1, middle = stage.middle;
    // The first layer of a stage does not yet dilate as much as the others.
    const std::int64_t dilation = first ? (stage.dilation > 2 ? 2 : 1) : stage.dilation;
    convolutions_ = {convolution(w / "conv1", c, in, middle, 1),
                     convolution(w / "conv2", c, middle, middle, 3, stride, before_ ? 1 : dilation),
                     convolution(w / "conv3", c, middle, stage.width, 1)};
    const std::string_view act = c.activation;
    norms_ = {Norm(w / "norm1", c, before_ ? in : middle, act), Norm(w / "norm2", c, middle, act),
              Norm(w / "norm3", c, before_ ? middle : stage.width, before_ ? act : "linear")};
    if (!first) return;
    shortcut_ = convolution(w / "downsample.conv", c, in, stage.width, 1, stride);
    if (!before_) shortcutNorm_.emplace(w / "downsample.norm", c, stage.width, "linear");
  }

  at::Tensor operator()(const at::Tensor& x) const { return before_ ? normFirst(x) : normLast(x); }

 private:
  at::Tensor normFirst(const at::Tensor& x) const {
    const at::Tensor normed = norms_[0](x);
    at::Tensor y = convolutions_[0](normed);
    for (std::size_t i = 1; i < convolutions_.size(); ++i) y = convolutions_[i](norms_[i](y));
    return y.add_(shortcut_.defined() ? shortcut_(normed) : x);
  }

  at::Tensor normLast(const at::Tensor& x) const {
    at::Tensor y = x;
    for (std::size_t i = 0; i < convolutions_.size(); ++i) y = norms_[i](convolutions_[i](y));
    return activation_(y + (shortcut_.defined() ? (*shortcutNorm_)(shortcut_(x)) : x));
  }

  bool before_;  ///< norms come before convolutions
  nn::Activation activation_;
  std::vector<nn::Conv2d> convolutions_;
  std::vector<Norm> norms_;
  nn::Conv2d shortcut_;
  std::optional<Norm> shortcutNorm_;
};

/// Stem and stages.
class Bit {
 public:
  Bit(const nn::Weights& w, const BitConfig& c)
      : config_(c),
        stem_(convolution(w / "embedder.convolution", c, c.channels, c.embedding, 7, 2)) {
    if (c.layer == BitConfig::Layer::kBottleneck)
      stemNorm_.emplace(w / "embedder.norm", c, c.embedding, c.activation);
    std::int64_t in = c.embedding;
    for (std::size_t i = 0; i < c.stages.size(); ++i) {
      const nn::Weights scope = w / "encoder.stages" / static_cast<std::int64_t>(i) / "layers";
      auto& stage = stages_.emplace_back();
      for (std::int64_t j = 0; j < c.stages[i].depth; ++j)
        stage.emplace_back(scope / j, c, c.stages[i], j == 0 ? in : c.stages[i].width, j);
      in = c.stages[i].width;
    }
  }

  /// → what the stem and each stage give.
  std::vector<at::Tensor> operator()(const at::Tensor& pixels, const nn::Observer* observer) const {
    requireChannels(pixels, config_.channels);
    std::vector<at::Tensor> maps{stem(pixels)};
    for (const auto& stage : stages_) {
      at::Tensor x = maps.back();
      for (const Layer& layer : stage) x = layer(x);
      if (observer) (*observer)(fmt::format("stages.{}", maps.size()), x);
      maps.push_back(x);
    }
    return maps;
  }

 private:
  at::Tensor stem(const at::Tensor& pixels) const {
    at::Tensor x = stem_(pixels);
    if (!config_.samePadding) x = at::constant_pad_nd(x, {1, 1, 1, 1});
    if (stemNorm_) x = (*stemNorm_)(x);
    // Its zeros are numbers as others are, unlike those that a max pool adds itself.
    const auto [map, padding] = nn::padPicture(
        x, {.kernel = {3, 3}, .stride = {2, 2}, .tensorflowPadding = config_.samePool});
    const bool even = padding[0] != 0 || padding[1] != 0;
    return at::max_pool2d(
        even ? at::constant_pad_nd(map, {padding[1], padding[1], padding[0], padding[0]}) : map, 3,
        2);
  }

  BitConfig config_;
  nn::Conv2d stem_;
  std::optional<Norm> stemNorm_;
  std::vector<std::vector<Layer>> stages_;
};

/// What comes after the stages is made for the last of `hidden_sizes` as it is written.
void checkWidth(const ModelSpec& spec, const BitConfig& c) {
  const std::int64_t width = c.stages.back().width;
  const bool norms = c.layer == BitConfig::Layer::kPreactivation;
  if (width != c.lastWidth && (norms || spec.className.ends_with("ForImageClassification")))
    throw spec.config.error(
        fmt::format("hidden_sizes: expected the {} channels of the last stage at the end, found {}",
                    width, c.lastWidth));
}

}  // namespace

std::unique_ptr<Backbone> makeBitBackbone(const JsonField& config, const nn::Weights& weights) {
  const auto c = BitConfig::read(config);
  const nn::Weights w = weights / "bit";
  for (const char* name : {"norm.weight", "norm.bias"}) w.ignore(name);  // maps come before it
  const auto width = [&](std::size_t stage) {
    return stage == 0 ? c.embedding : c.stages[stage - 1].width;
  };
  return std::make_unique<StagesBackbone<Bit>>(Bit(w, c), c.outStages, width);
}

std::unique_ptr<Model> makeBit(const ModelSpec& spec) {
  if (spec.className.ends_with("Backbone")) return backboneModel(spec);
  const auto config = BitConfig::read(spec.config);
  checkWidth(spec, config);
  const nn::Weights base = baseScope(spec.weights, {"bit"});
  const Bit net(base, config);
  std::optional<Norm> norm;
  if (config.layer == BitConfig::Layer::kPreactivation)
    norm.emplace(base / "norm", config, config.lastWidth, config.activation);
  const ImageHeads heads{.channels = config.channels,
                         .width = config.stages.back().width,
                         .labels = config.labels,
                         .classifier = "classifier.1"};
  return imageModel(spec, heads, [=](const at::Tensor& pixels, const nn::Observer* observer) {
    const at::Tensor map = net(pixels, observer).back();
    const at::Tensor last = norm ? (*norm)(map) : map;
    return ImageFeatures{last, last.mean({2, 3}, /*keepdim=*/true)};
  });
}

}  // namespace orrery::models::vision
