#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/vision/mix_transformer.h"
#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit_model.h"

/// glpn: depth from a Mix Transformer (Kim et al. 2022).
namespace orrery::models::vision {
namespace {

at::Tensor twice(const at::Tensor& x) {
  return at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/false);
}

/// Adds a fine and a coarse map with weights for each place that it finds itself.
class SelectiveFusion {
 public:
  SelectiveFusion(const nn::Weights& w, std::int64_t channels)
      : first_(layer(w / "convolutional_layer1", 2 * channels, channels)),
        second_(layer(w / "convolutional_layer2", channels, channels / 2)),
        third_(w / "convolutional_layer3", channels / 2, 2, nn::ConvolutionOptions::same(3)) {}

  at::Tensor operator()(const at::Tensor& fine, const at::Tensor& coarse) const {
    if (fine.sizes() != coarse.sizes())
      throw Error(ErrorKind::kInvalidInput,
                  "the sides of a picture must halve evenly at every stage (multiples of 32 as a "
                  "rule): maps of {} x {} and {} x {} do not meet",
                  fine.size(2), fine.size(3), coarse.size(2), coarse.size(3))
          .in("input \"pixel_values\"");
    const at::Tensor both = at::cat({fine, coarse}, 1);
    const at::Tensor shares = at::sigmoid(third_(second_(first_(both).relu_()).relu_()));
    return fine * shares.narrow(1, 0, 1) + coarse * shares.narrow(1, 1, 1);
  }

 private:
  static nn::ConvBatchNorm2d layer(const nn::Weights& w, std::int64_t in, std::int64_t out) {
    return {nn::Conv2d(w / "0", in, out, nn::ConvolutionOptions::same(3)),
            nn::BatchNorm2d(w / "1", out)};
  }

  nn::ConvBatchNorm2d first_, second_;
  nn::Conv2d third_;
};

/// From the maps of the encoder to one of fine resolution.
class GlpnDecoder {
 public:
  GlpnDecoder(const nn::Weights& w, const MixConfig& c) : headIndex_(c.headIndex) {
    for (std::size_t i = 0; i < c.stages.size(); ++i) {
      const nn::Weights own = w / "stages" / static_cast<std::int64_t>(i);
      const std::int64_t in = c.stages[c.stages.size() - 1 - i].hidden;
      projections_.emplace_back();
      if (in != c.decoderHidden)
        projections_.back() = nn::Conv2d(own / "convolution", in, c.decoderHidden, {});
      if (i > 0) fusions_.emplace_back(own / "fusion", c.decoderHidden);
    }
  }

  at::Tensor operator()(const std::vector<at::Tensor>& maps) const {
    at::Tensor x;
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const at::Tensor& map = maps[maps.size() - 1 - i];
      const at::Tensor fine = projections_[i].defined() ? projections_[i](map) : map;
      x = twice(i == 0 ? fine : fusions_[i - 1](fine, x));
      if (i + 1 == maps.size()) x = twice(x);
      if (static_cast<std::int64_t>(i) == headIndex_) break;
    }
    return x;
  }

 private:
  std::int64_t headIndex_;
  std::vector<nn::Conv2d> projections_;  ///< from coarse to fine; undefined: as it is
  std::vector<SelectiveFusion> fusions_;
};

/// The decoder, and the depth that it sees [batch, height, width].
class DepthHead {
 public:
  DepthHead(const nn::Weights& root, const MixConfig& c)
      : decoder_(root / "decoder", c),
        first_(root / "head.head.0", c.decoderHidden, c.decoderHidden,
               nn::ConvolutionOptions::same(3)),
        second_(root / "head.head.2", c.decoderHidden, 1, nn::ConvolutionOptions::same(3)),
        maxDepth_(c.maxDepth) {}

  at::Tensor operator()(const std::vector<at::Tensor>& maps) const {
    return (at::sigmoid(second_(first_(decoder_(maps)).relu_())) * maxDepth_).squeeze(1);
  }

 private:
  GlpnDecoder decoder_;
  nn::Conv2d first_, second_;
  double maxDepth_;
};

class GlpnModel : public Model {
 public:
  GlpnModel(const ModelSpec& spec, const MixConfig& c)
      : channels_(c.channels), encoder_(baseScope(spec.weights, {"glpn"}) / "encoder", c) {
    if (spec.className.ends_with("ForDepthEstimation"))
      head_.emplace(spec.weights, c);
    else if (!spec.className.ends_with("Model"))
      refuseClass(spec.className, c.modelType);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values"});
    const auto maps = encoder_.forward(requireImages(inputs, channels_), observer);
    if (head_) return {{"predicted_depth", (*head_)(maps)}};
    return {{"last_hidden_state", maps.back().contiguous()}};
  }

 private:
  std::int64_t channels_;
  MixTransformer encoder_;
  std::optional<DepthHead> head_;
};

}  // namespace

std::unique_ptr<Model> makeGlpn(const ModelSpec& spec) {
  return std::make_unique<GlpnModel>(spec, MixConfig::read(spec.config));
}

}  // namespace orrery::models::vision
