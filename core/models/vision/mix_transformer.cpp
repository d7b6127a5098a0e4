#include "core/models/vision/mix_transformer.h"

#include <fmt/format.h>

#include <cmath>

#include "core/base/error.h"

namespace orrery::models::vision {
namespace {

using nn::Linear;
using Bias = nn::Linear::Bias;

/// torch's default, which these norms keep whatever the config says.
constexpr double kNormEps = 1e-5;

/// [batch, height, width, channels] as a convolution sees it, and back: the same memory.
at::Tensor channelsFirst(const at::Tensor& x) {
  return x.permute({0, 3, 1, 2});
}
at::Tensor channelsLast(const at::Tensor& x) {
  return x.permute({0, 2, 3, 1}).contiguous();
}

}  // namespace

class MixTransformer::Layer {
 public:
  Layer(const nn::Weights& w, const MixConfig::Stage& c, nn::Activation activation)
      : heads_(c.heads),
        normBefore_(w / "layer_norm_1", c.hidden, kNormEps),
        normAfter_(w / "layer_norm_2", c.hidden, kNormEps),
        query_(w / "attention.self.query", c.hidden, c.hidden, Bias::kRequired),
        key_(w / "attention.self.key", c.hidden, c.hidden, Bias::kRequired),
        value_(w / "attention.self.value", c.hidden, c.hidden, Bias::kRequired),
        out_(w / "attention.output.dense", c.hidden, c.hidden, Bias::kRequired),
        up_(w / "mlp.dense1", c.hidden, c.ffn, Bias::kRequired),
        down_(w / "mlp.dense2", c.ffn, c.hidden, Bias::kRequired),
        neighbours_(w / "mlp.dwconv.dwconv", c.ffn, c.ffn,
                    nn::ConvolutionOptions::same(3, 1, /*groups=*/c.ffn)),
        activation_(activation) {
    options_.scale = 1 / std::sqrt(static_cast<double>(c.hidden / c.heads));
    options_.rounded = query_.productType() == at::kBFloat16;
    if (c.reduction == 1) return;
    reduce_ = nn::Conv2d(w / "attention.self.sr", c.hidden, c.hidden,
                         nn::ConvolutionOptions::patches(c.reduction));
    reducedNorm_ = nn::LayerNorm(w / "attention.self.layer_norm", c.hidden, kNormEps);
  }

  /// x [batch, height, width, hidden] → the same shape.
  at::Tensor operator()(const at::Tensor& x, at::Tensor* map) const {
    const at::Tensor middle = nn::addBranch(x, attend(normBefore_(x), map));
    return nn::addBranch(middle, mlp(normAfter_(middle)));
  }

 private:
  at::Tensor attend(const at::Tensor& x, at::Tensor* map) const {
    const at::Tensor seen =
        reduce_.defined() ? reducedNorm_(channelsLast(reduce_(channelsFirst(x)))) : x;
    const auto pair = Linear::together({&key_, &value_}, seen);
    return out_(nn::attend(split(query_(x)), split(pair[0]), split(pair[1]), {}, options_, map))
        .view(x.sizes());
  }
  at::Tensor mlp(const at::Tensor& x) const {
    return down_(activation_(channelsLast(neighbours_(channelsFirst(up_(x))))));
  }
  at::Tensor split(const at::Tensor& x) const {
    return x.reshape({x.size(0), x.size(1) * x.size(2), heads_, -1}).transpose(1, 2);
  }

  std::int64_t heads_;
  nn::LayerNorm normBefore_, normAfter_, reducedNorm_;
  Linear query_, key_, value_, out_, up_, down_;
  nn::Conv2d reduce_, neighbours_;
  nn::Activation activation_;
  nn::AttentionOptions options_;
};

struct MixTransformer::Stage {
  nn::Conv2d patches;
  nn::LayerNorm patchNorm;
  std::vector<Layer> layers;
  nn::LayerNorm norm;
  std::int64_t reduction;
};

MixTransformer::MixTransformer(const nn::Weights& w, const MixConfig& c) {
  const nn::Activation activation = nn::activation(c.activation);
  std::int64_t in = c.channels;
  for (std::size_t i = 0; i < c.stages.size(); ++i) {
    const MixConfig::Stage& stage = c.stages[i];
    const auto index = static_cast<std::int64_t>(i);
    const nn::Weights patches = w / "patch_embeddings" / index;
    Stage made{nn::Conv2d(patches / "proj", in, stage.hidden,
                          nn::ConvolutionOptions::same(stage.patch, stage.stride)),
               nn::LayerNorm(patches / "layer_norm", stage.hidden, kNormEps),
               {},
               nn::LayerNorm(w / "layer_norm" / index, stage.hidden, kNormEps),
               stage.reduction};
    for (std::int64_t j = 0; j < stage.depth; ++j)
      made.layers.emplace_back(w / "block" / index / j, stage, activation);
    stages_.push_back(std::move(made));
    in = stage.hidden;
  }
}

MixTransformer::~MixTransformer() = default;

std::vector<at::Tensor> MixTransformer::forward(const at::Tensor& pixels,
                                                const nn::Observer* observer) const {
  std::vector<at::Tensor> maps;
  std::size_t number = 0;
  for (const Stage& stage : stages_) {
    at::Tensor x =
        stage.patchNorm(channelsLast(stage.patches(maps.empty() ? pixels : maps.back())));
    if (std::min(x.size(1), x.size(2)) < stage.reduction)
      throw Error(ErrorKind::kInvalidInput,
                  "the picture is too small: a map of {} x {} cannot be reduced {} times",
                  x.size(1), x.size(2), stage.reduction)
          .in("input \"pixel_values\"");
    for (const Layer& layer : stage.layers) {
      at::Tensor map;
      x = layer(x, observer ? &map : nullptr);
      if (observer) {
        (*observer)(fmt::format("layers.{}.attention", number), map);
        (*observer)(fmt::format("layers.{}.residual", number), x.flatten(1, 2));
      }
      ++number;
    }
    maps.push_back(channelsFirst(stage.norm(x)));
  }
  return maps;
}

}  // namespace orrery::models::vision
