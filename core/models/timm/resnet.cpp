#include <cmath>

#include "core/base/error.h"
#include "core/models/timm/net.h"

namespace orrery::models::timm {
namespace {

/// What all blocks of a ResNet have in common.
struct Common {
  explicit Common(const JsonField& a)
      : norm(a, "norm_layer", "BatchNorm2d"),
        antialiasing(a, "aa_layer"),
        act(activation(Kind(a, "act_layer", "ReLU"))),
        cardinality(a.get<std::int64_t>("cardinality", 1)),
        baseWidth(a.get<std::int64_t>("base_width", 64)),
        reduceFirst(a.get<std::int64_t>("block_reduce_first", 1)),
        downKernel(a.get<std::int64_t>("down_kernel_size", 1)),
        averageDown(a.get("avg_down", false)) {
    if (cardinality < 1 || reduceFirst < 1) throw a.error("expected sizes of 1 or more");
    if (const auto more = a.find("block_args")) {
      attention = Kind(*more, "attn_layer");
      arguments = *more;
    }
  }
  Kind norm, antialiasing, attention;
  Act act;
  std::int64_t cardinality, baseWidth, reduceFirst, downKernel;
  bool averageDown;
  std::optional<JsonField> arguments;  ///< block_args
};

/// One block's place in the chain.
struct Place {
  std::int64_t in = 0, planes = 0, out = 0, stride = 1, dilation = 1, firstDilation = 1;
  bool needsDown = false;
};

Layer shortcut(const Scope& scope, const Place& p, const Common& c) {
  if (!p.needsDown) return identity;
  if (c.averageDown)
    return chain(averageHalf(p.stride, p.dilation),
                 convNormAct(scope / 1, scope / 2, p.in, p.out, {}, c.norm, nullptr));
  const std::int64_t kernel = p.stride == 1 && p.dilation == 1 ? 1 : c.downKernel;
  const std::int64_t dilation = kernel > 1 ? p.firstDilation : 1;
  return convNormAct(scope / 0, scope / 1, p.in, p.out,
                     {.kernel = kernel, .stride = p.stride, .dilation = dilation}, c.norm, nullptr);
}

/// act(body(x) + shortcut(x)) with the block's channel attention.
Layer finish(const Scope& scope, const Place& p, const Common& c, Layer body) {
  if (const Layer attend = channelAttention(scope / "se", p.out, c.attention))
    body = chain(std::move(body), attend);
  const Layer side = shortcut(scope / "downsample", p, c);
  return [body = std::move(body), side, act = c.act](const at::Tensor& x) {
    return act(body(x) + side(x));
  };
}

/// The 3×3 convolution that takes the block's stride, or leaves it to an anti-aliasing layer.
Layer strided(const Scope& scope, const char* convolution, const char* norm, std::int64_t in,
              std::int64_t out, std::int64_t groups, const Place& p, const Common& c) {
  const bool smooth = c.antialiasing && (p.stride == 2 || p.firstDilation != p.dilation);
  const Layer layer = convNormAct(
      scope / convolution, scope / norm, in, out,
      {.kernel = 3, .stride = smooth ? 1 : p.stride, .dilation = p.firstDilation, .groups = groups},
      c.norm, c.act);
  return smooth ? chain(layer, antialias(c.antialiasing, p.stride)) : layer;
}

Layer basicBlock(const Scope& scope, const Place& p, const Common& c) {
  const std::int64_t middle = p.planes / c.reduceFirst;
  const Layer first = strided(scope, "conv1", "bn1", p.in, middle, 1, p, c);
  const Layer second = convNormAct(scope / "conv2", scope / "bn2", middle, p.out,
                                   {.kernel = 3, .dilation = p.dilation}, c.norm, nullptr);
  return finish(scope, p, c, chain(first, second));
}

Layer bottleneck(const Scope& scope, const Place& p, const Common& c) {
  const auto share = static_cast<double>(c.baseWidth) / 64;
  const auto width =
      static_cast<std::int64_t>(std::floor(static_cast<double>(p.planes) * share)) * c.cardinality;
  const std::int64_t first = width / c.reduceFirst;
  const Layer narrow = convNormAct(scope / "conv1", scope / "bn1", p.in, first, {}, c.norm, c.act);
  const Layer middle = strided(scope, "conv2", "bn2", first, width, c.cardinality, p, c);
  const Layer wide = convNormAct(scope / "conv3", scope / "bn3", width, p.out, {}, c.norm, nullptr);
  return finish(scope, p, c, chain(chain(narrow, middle), wide));
}

using MakeBlock = Layer (*)(const Scope&, const Place&, const Common&);
struct BlockKind {
  MakeBlock make;
  std::int64_t expansion;
};

BlockKind blockKind(const Kind& kind) {
  if (kind.name() == "basicblock") return {basicBlock, 1};
  if (kind.name() == "bottleneck") return {bottleneck, 4};
  throw kind.unknown("block");
}

/// A stem of one 7×7 convolution, or of three 3×3.
Layer stem(const Scope& scope, const JsonField& a, const Common& c, std::int64_t& channels) {
  const auto type = a.get<std::string>("stem_type", "");
  const auto width = a.get<std::int64_t>("stem_width", 64), in = a.get<std::int64_t>("in_chans", 3);
  if (type.find("deep") == std::string::npos) {
    channels = 64;
    return convNormAct(scope / "conv1", scope / "bn1", in, channels, {.kernel = 7, .stride = 2},
                       c.norm, c.act);
  }
  channels = 2 * width;
  const bool tiered = type.find("tiered") != std::string::npos;
  const std::int64_t first = tiered ? 3 * (width / 4) : width;
  const Scope deep = scope / "conv1";
  const ConvSpec three{.kernel = 3};
  return chain(
      chain(convNormAct(deep / 0, deep / 1, in, first, {.kernel = 3, .stride = 2}, c.norm, c.act),
            convNormAct(deep / 3, deep / 4, first, width, three, c.norm, c.act)),
      convNormAct(deep / 6, scope / "bn1", width, channels, three, c.norm, c.act));
}

Layer stemPool(const Scope& scope, const JsonField& a, const Common& c, std::int64_t channels) {
  const Kind& aa = c.antialiasing;
  if (a.get("replace_stem_pool", false)) {
    const Layer convolution =
        conv(scope / 0, channels, channels, {.kernel = 3, .stride = aa ? 1 : 2});
    const Layer norm = normAct(scope / (aa ? 2 : 1), channels, c.norm, c.act);
    return aa ? chain(chain(convolution, antialias(aa)), norm) : chain(convolution, norm);
  }
  if (aa.name().starts_with("avg")) return antialias(aa);
  const std::int64_t stride = aa ? 1 : 2;
  const Layer pool = [stride](const at::Tensor& x) {
    return at::max_pool2d(x, {3, 3}, {stride, stride}, {1, 1});
  };
  return aa ? chain(pool, antialias(aa)) : pool;
}

std::vector<BlockKind> blockKinds(const JsonField& a, std::size_t stages) {
  const auto field = a.find("block");
  if (!field || !field->json().is_array())
    return std::vector<BlockKind>(stages, blockKind(Kind(a, "block", "Bottleneck")));
  std::vector<BlockKind> kinds;
  for (const JsonField& element : field->elements()) kinds.push_back(blockKind(Kind(element)));
  if (kinds.size() != stages) throw field->error("expected one for each stage");
  return kinds;
}

}  // namespace

Net buildResNet(const JsonField& a, const Scope& scope) {
  const Common c(a);
  const auto depths = a.require<std::vector<std::int64_t>>("layers");
  const auto channels = a.get("channels", std::vector<std::int64_t>{64, 128, 256, 512});
  if (depths.size() != channels.size()) throw a["layers"].error("expected one for each stage");
  const auto kinds = blockKinds(a, channels.size());
  Net net;
  Place p;
  net.stages.push_back({"act1", stem(scope, a, c, p.in)});
  if (net.addFeature("act1", p.in, scope)) return net;
  net.stages.push_back({"maxpool", stemPool(scope / "maxpool", a, c, p.in)});
  const auto outputStride = a.get<std::int64_t>("output_stride", 32);
  std::int64_t reached = 4, previous = 1;
  for (std::size_t stage = 0; stage < channels.size(); ++stage) {
    p.planes = channels[stage];
    p.out = p.planes * kinds[stage].expansion;
    p.stride = stage == 0 ? 1 : 2;
    if (reached >= outputStride) {
      p.dilation *= p.stride;
      p.stride = 1;
    } else {
      reached *= p.stride;
    }
    const std::string name = fmt::format("layer{}", stage + 1);
    p.firstDilation = previous;
    for (std::int64_t i = 0; i < depths[stage]; ++i) {
      p.needsDown = i == 0 && (p.stride != 1 || p.in != p.out);
      net.stages.push_back(
          {fmt::format("{}.{}", name, i), kinds[stage].make(scope / name / i, p, c)});
      p.in = p.out;
      p.stride = 1;
      p.firstDilation = previous = p.dilation;
    }
    if (net.addFeature(name, p.in, scope)) return net;
  }
  const auto pool = a.get<std::string>("global_pool", "avg");
  net.setHead(globalPool(pool), classifier(scope / "fc", p.in * poolWidth(pool),
                                           a.get<std::int64_t>("num_classes", 1000)));
  return net;
}

}  // namespace orrery::models::timm
