#include "core/models/vision/dpt_neck.h"

#include "core/base/error.h"
#include "core/models/vision/uper_head.h"
#include "core/models/vision/vit_backbone.h"

namespace orrery::models::vision {

using Readout = DptNeckConfig::Readout;

at::Tensor resizeCorners(const at::Tensor& x, Size to) {
  return at::upsample_bilinear2d(x, {to.height, to.width}, /*align_corners=*/true);
}

/// From the tokens of one hidden state to a map of its own size.
class DptNeck::Reassemble {
 public:
  Reassemble(const nn::Weights& w, const DptNeckConfig& c, std::size_t index, std::int64_t in)
      : readout_(c.readout) {
    const auto number = static_cast<std::int64_t>(index);
    const nn::Weights layer = w / "layers" / number;
    const std::int64_t out = c.hidden[index];
    projection_ = nn::Conv2d(layer / "projection", in, out, {});
    const double factor = c.factors[index];
    const auto times = static_cast<std::int64_t>(factor);
    if (factor > 1)
      larger_.emplace(layer / "resize", out, out,
                      nn::ConvolutionOptions{.kernel = {times, times}, .stride = {times, times}});
    else if (factor < 1)
      smaller_ = nn::Conv2d(layer / "resize", out, out,
                            nn::ConvolutionOptions::same(3, static_cast<std::int64_t>(1 / factor)));
    if (readout_ != Readout::kProject) return;
    const nn::Weights project = w / "readout_projects" / number / 0;
    // One layer over a token and the class token is one over each of them: the second is the same
    // for all tokens.
    const at::Tensor both = project.tensor("weight", {in, 2 * in});
    const auto half = [&](std::int64_t part, at::Tensor bias) {
      return nn::Linear(nn::viewOf(both.narrow(1, part * in, in), checkpoint::DType::kF32),
                        std::move(bias), project.precision());
    };
    token_ = half(0, {});
    class_ = half(1, project.tensor("bias", {in}));
    activation_ = nn::activation(c.readoutActivation);
  }

  at::Tensor operator()(const at::Tensor& state, Size grid) const {
    if (state.dim() != 3)
      throw Error(
          ErrorKind::kInvalidInput,
          "backbone_config: reshape_hidden_states: expected false, as the class token is used");
    const at::Tensor first = state.narrow(1, 0, 1);
    at::Tensor x = state.slice(1, 1);
    if (readout_ == Readout::kAdd) x = x + first;
    if (readout_ == Readout::kProject) x = activation_(token_(x).add_(class_(first)));
    x = projection_(mapOfTokens(x, 0, grid));
    if (larger_) return (*larger_)(x);
    return smaller_.defined() ? smaller_(x) : x;
  }

 private:
  Readout readout_;
  nn::Linear token_, class_;
  nn::Activation activation_ = nullptr;
  nn::Conv2d projection_, smaller_;
  std::optional<nn::ConvTranspose2d> larger_;
};

/// x + conv(relu(conv(relu(x)))).
class DptNeck::Residual {
 public:
  Residual(const nn::Weights& w, const DptNeckConfig& c) {
    for (const char* number : {"1", "2"}) {
      nn::Conv2d convolution(w / ("convolution" + std::string(number)), c.fusionHidden,
                             c.fusionHidden, nn::ConvolutionOptions::same(3, 1, 1, c.bias));
      if (c.batchNorm)
        normed_.emplace_back(
            convolution, nn::BatchNorm2d(w / ("batch_norm" + std::string(number)), c.fusionHidden));
      else
        plain_.push_back(convolution);
    }
  }
  at::Tensor operator()(const at::Tensor& x) const {
    return apply(1, apply(0, at::relu(x)).relu_()).add_(x);
  }

 private:
  at::Tensor apply(std::size_t i, const at::Tensor& x) const {
    return plain_.empty() ? normed_[i](x) : plain_[i](x);
  }
  std::vector<nn::Conv2d> plain_;
  std::vector<nn::ConvBatchNorm2d> normed_;
};

struct DptNeck::Fusion {
  Fusion(const nn::Weights& w, const DptNeckConfig& c)
      : first(w / "residual_layer1", c),
        second(w / "residual_layer2", c),
        projection(w / "projection", c.fusionHidden, c.fusionHidden, {}) {}

  /// `fused` is undefined for the coarsest map; `next` is the one after `map`, or undefined.
  at::Tensor operator()(const at::Tensor& fused, const at::Tensor& map,
                        const at::Tensor& next) const {
    const at::Tensor x = second(fused.defined() ? fused + first(resizeLike(map, fused)) : map);
    const Size to =
        next.defined() ? Size{next.size(2), next.size(3)} : Size{2 * x.size(2), 2 * x.size(3)};
    // The projection looks at one place at a time, so it may come before the resize that it follows
    // in the reference, at a quarter of the work.
    return resizeCorners(projection(x), to);
  }

  Residual first, second;
  nn::Conv2d projection;
};

DptNeck::DptNeck(const nn::Weights& w, const DptNeckConfig& c, const std::vector<std::int64_t>& in)
    : config_(c) {
  if (in.size() != c.hidden.size())
    throw Error(ErrorKind::kInvalidInput,
                "neck_hidden_sizes: expected one for each of the {} hidden states of the backbone, "
                "found {}",
                in.size(), c.hidden.size());
  for (std::size_t i = 0; i < c.maps; ++i)
    if (in[i] != c.hidden[i])
      throw Error(ErrorKind::kInvalidInput,
                  "neck_hidden_sizes: expected the {} channels of map {} of the backbone, found {}",
                  in[i], i, c.hidden[i]);
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    if (i >= c.maps) reassemble_.emplace_back(w / "reassemble_stage", c, i, in[i]);
    convolutions_.emplace_back(w / "convs" / number, c.hidden[i], c.fusionHidden,
                               nn::ConvolutionOptions::same(3, 1, 1, /*bias=*/false));
    fusions_.emplace_back(w / "fusion_stage.layers" / number, c);
  }
}

DptNeck::~DptNeck() = default;

at::Tensor DptNeck::operator()(const std::vector<at::Tensor>& states, Size grid) const {
  std::vector<at::Tensor> maps;
  for (std::size_t i = 0; i < states.size(); ++i)
    maps.push_back(convolutions_[i](
        i < config_.maps ? states[i] : reassemble_[i - config_.maps](states[i], grid)));
  at::Tensor fused;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const std::size_t from = maps.size() - 1 - i;
    const at::Tensor next = config_.resizeToNext && from > 0 ? maps[from - 1] : at::Tensor();
    fused = fusions_[i](fused, maps[from], next);
    if (static_cast<std::int64_t>(i) == config_.headIndex) break;
  }
  return fused;
}

}  // namespace orrery::models::vision
