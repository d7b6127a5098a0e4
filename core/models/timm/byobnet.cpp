#include "core/models/timm/byobnet.h"

#include <cmath>

#include "core/base/error.h"
#include "core/models/timm/net.h"

namespace orrery::models::timm {
namespace {

/// The way around a block; null where there is none.
Layer shortcut(const Scope& scope, const ByobBlock& b, const ByobCommon& c) {
  if (b.in == b.out && b.stride == 1 && b.firstDilation == b.dilation) return identity;
  if (c.down.empty()) return nullptr;
  if (c.down == "avg")
    return chain(averageHalf(b.stride, b.firstDilation),
                 c.convolve(scope / "conv", b.in, b.out, {}, /*withAct=*/false));
  return c.convolve(scope, b.in, b.out, {.stride = b.stride}, /*withAct=*/false);
}

Layer attention(const Scope& scope, const ByobBlock& b, std::int64_t channels) {
  const Layer layer = channelAttention(scope, channels, b.attention);
  return layer ? layer : Layer(identity);
}

Layer bottleneck(const Scope& scope, const ByobBlock& b, const ByobCommon& c) {
  const JsonField& o = b.options;
  const std::int64_t from = o.get("bottle_in", false) ? b.in : b.out;
  const std::int64_t inner = makeDivisible(static_cast<double>(from) * b.ratio);
  const std::int64_t kernel = o.get<std::int64_t>("kernel_size", 3), groups = b.groups(inner);
  Layer body = chain(
      c.convolve(scope / "conv1_1x1", b.in, inner, {}),
      c.convolve(
          scope / "conv2_kxk", inner, inner,
          {.kernel = kernel, .stride = b.stride, .dilation = b.firstDilation, .groups = groups}));
  if (o.get("extra_conv", false))
    body = chain(body, c.convolve(scope / "conv2b_kxk", inner, inner,
                                  {.kernel = kernel, .dilation = b.dilation, .groups = groups}));
  const bool last = o.get("attn_last", false);
  if (!last) body = chain(body, attention(scope / "attn", b, inner));
  body = chain(body, c.convolve(scope / "conv3_1x1", inner, b.out, {}, /*withAct=*/false));
  if (last) body = chain(body, attention(scope / "attn_last", b, b.out));
  const Layer around = shortcut(scope / "shortcut", b, c);
  const Act act = o.get("linear_out", false) ? nullptr : c.act;
  return [=](const at::Tensor& x) {
    const at::Tensor y = around ? body(x) + around(x) : body(x);
    return act ? act(y) : y;
  };
}

Layer makeBlock(const Scope& scope, const JsonField& type, const ByobBlock& b,
                const ByobCommon& c) {
  const auto name = type.as<std::string>();
  if (name == "bottle") return bottleneck(scope, b, c);
  if (name == "mobilevit") return mobileVitBlock(scope, b, c);
  if (name == "mobilevit2") return mobileVitV2Block(scope, b, c);
  throw type.error(fmt::format("{} is not one of bottle, mobilevit, mobilevit2", quoted(name)));
}

Layer stem(const Scope& scope, const JsonField& cfg, std::int64_t in, std::int64_t out,
           const ByobCommon& c) {
  const auto type = cfg.get<std::string>("stem_type", "3x3");
  if (type != "3x3" && type != "7x7" && !type.empty())
    throw cfg["stem_type"].error(fmt::format("{} is not supported", quoted(type)));
  if (!cfg.get<std::string>("stem_pool", "").empty())
    throw cfg["stem_pool"].error("is not supported");
  return c.convolve(scope, in, out, {.kernel = type == "7x7" ? 7 : 3, .stride = 2});
}

/// The blocks of one stage, each as often as its "d" says.
std::vector<JsonField> blocksOf(const JsonField& stage) {
  std::vector<JsonField> result;
  const auto add = [&](const JsonField& block) {
    const auto count = block.get<std::int64_t>("d", 1);
    if (count < 0 || count > 1000) throw block["d"].error("expected 0 to 1000");
    result.insert(result.end(), static_cast<std::size_t>(count), block);
  };
  if (!stage.json().is_array()) {
    add(stage);
  } else {
    for (const JsonField& block : stage.elements()) add(block);
  }
  if (result.empty()) throw stage.error("expected at least one block");
  return result;
}

Kind attentionOf(const JsonField& block, const JsonField& cfg) {
  for (const char* key : {"attn_kwargs", "self_attn_layer"})
    for (const JsonField* place : {&block, &cfg})
      if (place->has(key) && !(*place)[key].json().empty())
        throw(*place)[key].error("is not supported");
  return block.has("attn_layer") ? Kind(block, "attn_layer") : Kind(cfg, "attn_layer");
}

}  // namespace

Layer ByobCommon::convolve(const Scope& scope, std::int64_t in, std::int64_t out,
                           const ConvSpec& spec, bool withAct) const {
  const bool smooth = antialiasing && spec.stride > 1;
  ConvSpec own = spec;
  if (smooth) own.stride = 1;
  const Layer layer =
      convNormAct(scope / "conv", scope / "bn", in, out, own, norm, withAct ? act : nullptr);
  return smooth ? chain(layer, antialias(antialiasing, spec.stride)) : layer;
}

Net buildByobNet(const JsonField& a, const Scope& scope) {
  const JsonField cfg = a["cfg"];
  // Of self-attention, which none of the blocks here has.
  a.has("img_size");
  for (const char* key : {"self_attn_kwargs", "fixed_input_size"}) cfg.has(key);
  ByobCommon c{.norm = Kind(cfg, "norm_layer", "batchnorm"),
               .antialiasing = {},
               .act = activation(Kind(cfg, "act_layer", "relu")),
               .down = cfg.get<std::string>("downsample", "conv1x1")};
  const double factor = cfg.get("width_factor", 1.0);
  const auto widened = [&](std::int64_t size) {
    return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(size) * factor));
  };
  Net net;
  std::int64_t channels = widened(cfg.get<std::int64_t>("stem_chs", 32));
  net.stages.push_back(
      {"stem", stem(scope / "stem", cfg, a.get<std::int64_t>("in_chans", 3), channels, c)});
  c.antialiasing = Kind(cfg, "aa_layer");
  const auto outputStride = a.get<std::int64_t>("output_stride", 32);
  std::int64_t reached = 2, dilation = 1, index = 0;
  for (const JsonField& stage : cfg["blocks"].elements()) {
    const auto blocks = blocksOf(stage);
    std::int64_t stride = blocks[0].get<std::int64_t>("s", 2);
    if (reached >= outputStride && stride > 1) {
      dilation *= stride;
      stride = 1;
    }
    reached *= stride;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const JsonField& own = blocks[i];
      const auto width = own.require<std::int64_t>("c");
      const ByobBlock block{.in = channels,
                            .out = makeDivisible(static_cast<double>(width) * factor),
                            .stride = i == 0 ? stride : 1,
                            .firstDilation = i == 0 ? (dilation <= 2 ? 1 : 2) : dilation,
                            .dilation = dilation,
                            .groupSize = own.get<std::int64_t>("gs", 0),
                            .ratio = own.get("br", 1.0),
                            .options = own.find("block_kwargs").value_or(cfg["block_kwargs"]),
                            .attention = attentionOf(own, cfg)};
      const std::string path = fmt::format("stages.{}.{}", index, i);
      net.stages.push_back({path, makeBlock(scope / path, own["type"], block, c)});
      channels = block.out;
    }
    ++index;
  }
  if (const auto features = cfg.get<std::int64_t>("num_features", 0); features > 0) {
    net.stages.push_back(
        {"final_conv", c.convolve(scope / "final_conv", channels, widened(features), {})});
    channels = widened(features);
  }
  if (const auto type = cfg.get<std::string>("head_type", "classifier");
      !type.empty() && type != "classifier")
    throw cfg["head_type"].error(fmt::format("{} is not supported", quoted(type)));
  const auto pool = a.get<std::string>("global_pool", "avg");
  net.setHead(globalPool(pool), classifier(scope / "head" / "fc", channels * poolWidth(pool),
                                           a.get<std::int64_t>("num_classes", 1000)));
  return net;
}

}  // namespace orrery::models::timm
