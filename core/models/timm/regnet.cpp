#include <cmath>

#include "core/base/error.h"
#include "core/models/timm/net.h"

namespace orrery::models::timm {
namespace {

struct RegNetConfig {
  explicit RegNetConfig(const JsonField& c)
      : stem(c.get<std::int64_t>("stem_width", 32)),
        features(c.get<std::int64_t>("num_features", 0)),
        squeeze(c.get("se_ratio", 0.0)),
        bottleneck(c.get("bottle_ratio", 1.0)),
        down(c.get<std::string>("downsample", "")),
        linearOut(c.get("linear_out", false)),
        preact(c.get("preact", false)),
        norm(c, "norm_layer", "batchnorm"),
        actKind(c, "act_layer", "relu"),
        act(activation(actKind)) {
    if (!down.empty() && down != "avg" && down != "conv1x1")
      throw c["downsample"].error(fmt::format("{} is not avg or conv1x1", orrery::quoted(down)));
  }
  std::int64_t stem, features;
  double squeeze, bottleneck;
  std::string down;
  bool linearOut, preact;
  Kind norm, actKind;
  Act act;
};

struct StageSize {
  std::int64_t width = 0, depth = 0, groupSize = 0;
};

/// Widths that grow along a line, in steps of `wm`, each a multiple of the group size (Radosavovic
/// et al. 2020).
std::vector<StageSize> stageSizes(const JsonField& c, double ratio) {
  const auto depth = c.require<std::int64_t>("depth");
  const auto first = c.require<std::int64_t>("w0"), group = c.get<std::int64_t>("group_size", 8);
  const double multiplier = c.require<double>("wm"), least = c.get("group_min_ratio", 0.0);
  if (depth < 1 || depth > 1000 || first < 1 || group < 1 || multiplier <= 1)
    throw c.error("expected depth, w0 and group_size of 1 or more and wm above 1");
  const at::Tensor line = at::arange(depth, at::kFloat) * c.require<double>("wa") + first;
  const at::Tensor steps = at::round(at::log(line / first) / std::log(multiplier));
  const at::Tensor widths = at::round(at::pow(multiplier, steps) * first / 8) * 8;
  std::vector<StageSize> stages;
  for (std::int64_t i = 0; i < depth; ++i) {
    const auto width = widths[i].item<std::int64_t>();
    if (stages.empty() || stages.back().width != width) stages.push_back({width, 0, group});
    ++stages.back().depth;
  }
  for (StageSize& stage : stages) {
    const auto inner = static_cast<std::int64_t>(static_cast<double>(stage.width) * ratio);
    stage.groupSize = std::min(group, inner);
    if (inner < 1) throw c.error("expected bottle_ratio and widths above 0");
    const auto size = static_cast<double>(stage.groupSize);
    const std::int64_t fitted =
        least > 0 ? makeDivisible(static_cast<double>(inner), stage.groupSize, least)
                  : static_cast<std::int64_t>(std::nearbyint(inner / size) * size);
    stage.width = static_cast<std::int64_t>(static_cast<double>(fitted) / ratio);
  }
  return stages;
}

struct Place {
  std::int64_t in = 0, out = 0, stride = 1, firstDilation = 1, dilation = 1, groupSize = 1;

  std::int64_t inner(const RegNetConfig& c) const {
    return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(out) * c.bottleneck));
  }
};

Layer convModule(const Scope& scope, std::int64_t in, std::int64_t out, const ConvSpec& spec,
                 const RegNetConfig& c, Act act) {
  return convNormAct(scope / "conv", scope / "bn", in, out, spec, c.norm, act);
}

/// The way around a block; null where there is none at all.
Layer shortcut(const Scope& scope, const Place& p, const RegNetConfig& c) {
  if (p.in == p.out && p.stride == 1 && p.firstDilation == p.dilation) return identity;
  if (c.down.empty()) return nullptr;
  const bool average = c.down == "avg";
  const ConvSpec spec{.stride = average ? 1 : p.stride};
  const Scope at = average ? scope / 1 : scope;
  const Layer project =
      c.preact ? conv(at, p.in, p.out, spec) : convModule(at, p.in, p.out, spec, c, nullptr);
  return average ? chain(averageHalf(p.stride, p.firstDilation), project) : project;
}

Layer squeeze(const Scope& scope, const Place& p, const RegNetConfig& c) {
  if (c.squeeze == 0) return identity;
  const auto reduced =
      static_cast<std::int64_t>(std::nearbyint(static_cast<double>(p.in) * c.squeeze));
  const Json own = {{"$", "se"}, {"rd_channels", reduced}, {"act_layer", c.actKind.name()}};
  return channelAttention(scope, p.inner(c), Kind(JsonField(own, "se")));
}

ConvSpec groupedSpec(const Place& p, const RegNetConfig& c) {
  return {.kernel = 3,
          .stride = p.stride,
          .dilation = p.firstDilation,
          .groups = p.inner(c) / p.groupSize};
}

Layer block(const Scope& scope, const Place& p, const RegNetConfig& c) {
  const std::int64_t inner = p.inner(c);
  const Layer body =
      chain(chain(convModule(scope / "conv1", p.in, inner, {}, c, c.act),
                  convModule(scope / "conv2", inner, inner, groupedSpec(p, c), c, c.act)),
            chain(squeeze(scope / "se", p, c),
                  convModule(scope / "conv3", inner, p.out, {}, c, nullptr)));
  const Layer around = shortcut(scope / "downsample", p, c);
  const Act act = c.linearOut ? nullptr : c.act;
  return [=](const at::Tensor& x) {
    const at::Tensor y = around ? body(x) + around(x) : body(x);
    return act ? act(y) : y;
  };
}

/// Norms before the convolutions; the way around begins behind the first.
Layer preactBlock(const Scope& scope, const Place& p, const RegNetConfig& c) {
  const std::int64_t inner = p.inner(c);
  const Layer first = normAct(scope / "norm1", p.in, c.norm, c.act);
  const Layer middle = chain(
      convNormAct(scope / "conv1", scope / "norm2", p.in, inner, {}, c.norm, c.act),
      chain(conv(scope / "conv2", inner, inner, groupedSpec(p, c)), squeeze(scope / "se", p, c)));
  const Layer body = chain(middle, chain(normAct(scope / "norm3", inner, c.norm, c.act),
                                         conv(scope / "conv3", inner, p.out, {})));
  const Layer around = shortcut(scope / "downsample", p, c);
  return [=](const at::Tensor& x) {
    const at::Tensor y = first(x);
    return around ? body(y) + around(y) : body(y);
  };
}

}  // namespace

Net buildRegNet(const JsonField& a, const Scope& scope) {
  const JsonField config = a["cfg"];
  const RegNetConfig c(config);
  const ConvSpec half{.kernel = 3, .stride = 2};
  const auto in = a.get<std::int64_t>("in_chans", 3);
  Net net;
  net.stages.push_back({"stem", c.preact ? conv(scope / "stem", in, c.stem, half)
                                         : convModule(scope / "stem", in, c.stem, half, c, c.act)});
  const auto outputStride = a.get<std::int64_t>("output_stride", 32);
  std::int64_t channels = c.stem, reached = 2, dilation = 1, index = 0;
  for (const StageSize& stage : stageSizes(config, c.bottleneck)) {
    const bool dilates = reached >= outputStride;
    if (dilates)
      dilation *= 2;
    else
      reached *= 2;
    const std::string name = fmt::format("s{}", ++index);
    for (std::int64_t i = 0; i < stage.depth; ++i) {
      const bool first = i == 0;
      const Place place{.in = channels,
                        .out = stage.width,
                        .stride = first && !dilates ? 2 : 1,
                        .firstDilation = first ? (dilation <= 2 ? 1 : 2) : dilation,
                        .dilation = dilation,
                        .groupSize = stage.groupSize};
      const std::string path = fmt::format("{}.b{}", name, i + 1);
      net.stages.push_back({path, (c.preact ? preactBlock : block)(scope / path, place, c)});
      channels = stage.width;
    }
  }
  if (c.features > 0) {
    net.stages.push_back(
        {"final_conv", convModule(scope / "final_conv", channels, c.features, {}, c, c.act)});
    channels = c.features;
  } else if (c.linearOut || c.preact) {
    net.stages.push_back({"final_conv", [act = c.act](const at::Tensor& x) { return act(x); }});
  }
  const auto pool = a.get<std::string>("global_pool", "avg");
  net.setHead(globalPool(pool), classifier(scope / "head" / "fc", channels * poolWidth(pool),
                                           a.get<std::int64_t>("num_classes", 1000)));
  return net;
}

}  // namespace orrery::models::timm
