#include "core/models/timm/net.h"

namespace orrery::models::timm {
namespace {

struct DenseConfig {
  explicit DenseConfig(const JsonField& a)
      : growth(a.get<std::int64_t>("growth_rate", 32)),
        width(a.get<std::int64_t>("bn_size", 4) * growth),
        norm(a, "norm_layer", "batchnorm2d"),
        antialiasing(a, "aa_layer"),
        act(activation(Kind(a, "act_layer", "relu"))) {}
  std::int64_t growth, width;
  Kind norm, antialiasing;
  Act act;
};

/// Appends `growth` channels to its input.
Layer denseLayer(const Scope& scope, std::int64_t in, const DenseConfig& c) {
  const Layer norm = normAct(scope / "norm1", in, c.norm, c.act);
  const Layer narrow =
      convNormAct(scope / "conv1", scope / "norm2", in, c.width, {}, c.norm, c.act);
  const Layer grow = conv(scope / "conv2", c.width, c.growth, {.kernel = 3});
  return [=](const at::Tensor& x) { return at::cat({x, grow(narrow(norm(x)))}, 1); };
}

Layer transition(const Scope& scope, std::int64_t in, const DenseConfig& c, bool smooth) {
  const Layer pool = smooth ? antialias(c.antialiasing) : antialias(Kind("avg"));
  return chain(
      chain(normAct(scope / "norm", in, c.norm, c.act), conv(scope / "conv", in, in / 2, {})),
      pool);
}

Layer stem(const Scope& scope, const JsonField& a, const DenseConfig& c, std::int64_t out) {
  const auto type = a.get<std::string>("stem_type", "");
  const auto in = a.get<std::int64_t>("in_chans", 3);
  const auto step = [&](int index, std::int64_t from, std::int64_t to, std::int64_t kernel,
                        std::int64_t stride) {
    return convNormAct(scope / fmt::format("conv{}", index), scope / fmt::format("norm{}", index),
                       from, to, {.kernel = kernel, .stride = stride}, c.norm, c.act);
  };
  const bool smooth = static_cast<bool>(c.antialiasing);
  Layer pool = [stride = smooth ? 1 : 2](const at::Tensor& x) {
    return at::max_pool2d(x, {3, 3}, {stride, stride}, {1, 1});
  };
  if (smooth) pool = chain(pool, antialias(c.antialiasing));
  if (type.find("deep") == std::string::npos) return chain(step(0, in, out, 7, 2), pool);
  std::int64_t first = c.growth, second = c.growth;
  if (type.find("tiered") != std::string::npos) {
    first = 3 * (c.growth / 4);
    second = type.find("narrow") != std::string::npos ? out : 6 * (c.growth / 4);
  }
  return chain(chain(step(0, in, first, 3, 2), step(1, first, second, 3, 1)),
               chain(step(2, second, out, 3, 1), pool));
}

}  // namespace

Net buildDenseNet(const JsonField& a, const Scope& scope) {
  const DenseConfig c(a);
  const auto depths = a.get("block_config", std::vector<std::int64_t>{6, 12, 24, 16});
  const bool stemOnly = a.get("aa_stem_only", true);
  const Scope features = scope / "features";
  std::int64_t channels = 2 * c.growth;
  Net net;
  net.stages.push_back({"features.pool0", stem(features, a, c, channels)});
  for (std::size_t i = 0; i < depths.size(); ++i) {
    for (std::int64_t j = 0; j < depths[i]; ++j) {
      const std::string name = fmt::format("denseblock{}.denselayer{}", i + 1, j + 1);
      net.stages.push_back({"features." + name, denseLayer(features / name, channels, c)});
      channels += c.growth;
    }
    if (i + 1 == depths.size()) break;
    const std::string name = fmt::format("transition{}", i + 1);
    const bool smooth = c.antialiasing && !stemOnly;
    net.stages.push_back({"features." + name, transition(features / name, channels, c, smooth)});
    channels /= 2;
  }
  net.stages.push_back({"features.norm5", normAct(features / "norm5", channels, c.norm, c.act)});
  const auto pool = a.get<std::string>("global_pool", "avg");
  net.setHead(globalPool(pool), classifier(scope / "classifier", channels * poolWidth(pool),
                                           a.get<std::int64_t>("num_classes", 1000)));
  return net;
}

}  // namespace orrery::models::timm
