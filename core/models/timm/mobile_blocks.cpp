#include "core/models/timm/mobile_blocks.h"

#include <cmath>

#include "core/base/error.h"

namespace orrery::models::timm {
namespace {

/// A block while it is built: names, channels and options in one place.
class Builder {
 public:
  Builder(const Scope& scope, const MobileBlock& block, const MobileCommon& common)
      : scope_(scope),
        block_(block),
        common_(common),
        groupSize_(block.arguments.get<std::int64_t>("group_size", -1)),
        actKind_(block.arguments, "act_layer", common.act.name().c_str()),
        act_(activation(actKind_)) {
    const bool skip = !block.arguments.get("noskip", false);
    hasSkip_ = skip && block.stride == 1 && block.in == block.out;
  }

  Layer invertedResidual();
  Layer conditionalResidual(std::int64_t experts);
  Layer depthwiseSeparable();
  Layer edgeResidual();
  Layer plainConvolution();
  Layer universalResidual();

 private:
  std::int64_t size(const char* key, std::int64_t otherwise) const {
    return block_.arguments.get(key, otherwise);
  }
  std::int64_t groups(std::int64_t channels, std::int64_t usual) const {
    const std::int64_t size = groupSize_ >= 0 ? groupSize_ : usual;
    return size == 0 ? 1 : channels / size;
  }
  std::int64_t expanded(std::int64_t channels) const {
    return makeDivisible(static_cast<double>(channels) * block_.expansion);
  }
  /// The kernel sizes of `key`: one, or several that share the channels.
  std::vector<std::int64_t> kernels(const char* key, std::int64_t otherwise) const;
  /// Convolution, norm and activation; several kernels each take a part of the channels.
  Layer convolve(const char* conv, const char* norm, std::int64_t in, std::int64_t out,
                 const std::vector<std::int64_t>& kernels, ConvSpec spec, Act act) const;
  /// The convolution that has the stride, with its anti-aliasing.
  Layer strided(const char* conv, const char* norm, std::int64_t in, std::int64_t out,
                const std::vector<std::int64_t>& kernels, std::int64_t groups) const;
  Layer convNormActModule(const char* name, std::int64_t in, std::int64_t out, std::int64_t kernel,
                          std::int64_t stride, std::int64_t groups, Act act, bool smooth) const;
  /// Squeeze and excitation; null where the block has none.
  Layer squeeze(std::int64_t channels) const;
  /// Where the block begins with 2×2 pixels becoming channels.
  Layer spaceToDepth(std::int64_t& channels, std::vector<std::int64_t>& kernels) const;
  Layer finish(Layer body, std::int64_t scaled = 0) const;

  Scope scope_;
  const MobileBlock& block_;
  const MobileCommon& common_;
  std::int64_t groupSize_;
  Kind actKind_;
  Act act_;
  bool hasSkip_ = false;
};

Layer joined(std::initializer_list<Layer> layers) {
  Layer result;
  for (const Layer& layer : layers) {
    if (!layer) continue;
    result = result ? chain(std::move(result), layer) : layer;
  }
  return result;
}

/// `channels` in `parts`, the first of which takes what is over.
std::vector<std::int64_t> shares(std::int64_t channels, std::size_t parts) {
  const auto count = static_cast<std::int64_t>(parts);
  std::vector<std::int64_t> result(parts, channels / count);
  result[0] += channels - channels / count * count;
  return result;
}

std::vector<std::int64_t> Builder::kernels(const char* key, std::int64_t otherwise) const {
  const auto field = block_.arguments.find(key);
  if (!field) return {otherwise};
  if (!field->json().is_array()) return {field->as<std::int64_t>()};
  if (field->json().empty()) throw field->error("expected at least one size");
  return field->as<std::vector<std::int64_t>>();
}

Layer Builder::convolve(const char* name, const char* norm, std::int64_t in, std::int64_t out,
                        const std::vector<std::int64_t>& kernels, ConvSpec spec, Act act) const {
  if (spec.padding.empty()) spec.padding = common_.padding;
  spec.kernel = kernels[0];
  if (kernels.size() == 1)
    return convNormAct(scope_ / name, scope_ / norm, in, out, spec, common_.norm, act);
  const auto ins = shares(in, kernels.size()), outs = shares(out, kernels.size());
  std::vector<Layer> parts;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    ConvSpec part = spec;
    part.kernel = kernels[i];
    part.groups = spec.groups == in && in > 1 ? ins[i] : 1;
    parts.push_back(conv(scope_ / name / static_cast<std::int64_t>(i), ins[i], outs[i], part));
  }
  const Layer mixed = [ins, parts](const at::Tensor& x) {
    const auto inputs = x.split_with_sizes(ins, 1);
    std::vector<at::Tensor> outputs;
    for (std::size_t i = 0; i < parts.size(); ++i) outputs.push_back(parts[i](inputs[i]));
    return at::cat(outputs, 1);
  };
  return chain(mixed, normAct(scope_ / norm, out, common_.norm, act));
}

Layer Builder::strided(const char* name, const char* norm, std::int64_t in, std::int64_t out,
                       const std::vector<std::int64_t>& kernels, std::int64_t groups) const {
  // A kernel of 2 stands within 2×2 pixels that became channels.
  const bool half = block_.spaceToDepth == 1 && kernels[0] == 2;
  const bool smooth = common_.antialiasing && block_.stride > 1 && block_.spaceToDepth != 1;
  const Layer layer = convolve(name, norm, in, out, kernels,
                               {.stride = smooth ? 1 : block_.stride,
                                .dilation = block_.dilation,
                                .groups = groups,
                                .padding = half ? "same" : ""},
                               act_);
  return smooth ? chain(layer, antialias(common_.antialiasing, block_.stride)) : layer;
}

Layer Builder::squeeze(std::int64_t channels) const {
  double ratio = block_.arguments.get("se_ratio", 0.0);
  if (ratio == 0) return nullptr;
  if (!common_.squeezeFromExpanded) ratio /= block_.expansion;
  if (block_.spaceToDepth == 1) ratio /= 4;
  const Kind& kind = common_.squeeze;
  if (kind.name() != "squeezeexcite") {
    const Json own = {{"$", kind.name()}, {"rd_ratio", ratio}, {"act_layer", actKind_.name()}};
    return channelAttention(scope_ / "se", channels, Kind(JsonField(own, "se_layer")));
  }
  const Kind& rounding = common_.squeezeRounding;
  const double wanted = static_cast<double>(channels) * ratio;
  const std::int64_t reduced =
      rounding ? makeDivisible(wanted * rounding.number("multiplier", 1),
                               rounding.integer("divisor", 8), rounding.number("round_limit", 0.9))
               : static_cast<std::int64_t>(std::nearbyint(wanted));
  const Scope se = scope_ / "se";
  const Layer down = conv(se / "conv_reduce", channels, reduced, {.bias = true});
  const Layer up = conv(se / "conv_expand", reduced, channels, {.bias = true});
  const Act act = common_.squeezeAct ? activation(common_.squeezeAct) : act_;
  const Act gate = activation(common_.squeezeGate);
  return [=](const at::Tensor& x) { return x * gate(up(act(down(x.mean({2, 3}, true))))); };
}

Layer Builder::spaceToDepth(std::int64_t& channels, std::vector<std::int64_t>& kernels) const {
  if (block_.spaceToDepth != 1) return nullptr;
  const std::int64_t in = channels;
  channels *= 4;
  kernels[0] = (kernels[0] + 1) / 2;
  return convolve("conv_s2d", "bn_s2d", in, channels, {2}, {.stride = 2, .padding = "same"}, act_);
}

Layer Builder::finish(Layer body, std::int64_t scaled) const {
  if (scaled > 0 && common_.layerScale) {
    const at::Tensor gamma = scope_.tensor("layer_scale.gamma", {scaled}).view({1, -1, 1, 1});
    body = [body, gamma](const at::Tensor& x) { return body(x) * gamma; };
  }
  if (!hasSkip_) return body;
  return [body = std::move(body)](const at::Tensor& x) { return body(x) + x; };
}

Layer Builder::invertedResidual() {
  std::int64_t in = block_.in;
  auto middle = kernels("dw_kernel_size", 3);
  const Layer first = spaceToDepth(in, middle);
  const std::int64_t wide = expanded(in);
  const Layer expand =
      convolve("conv_pw", "bn1", in, wide, kernels("exp_kernel_size", 1), {}, act_);
  const Layer depthwise = strided("conv_dw", "bn2", wide, wide, middle, groups(wide, 1));
  const Layer excite = squeeze(wide);
  const Layer project =
      convolve("conv_pwl", "bn3", wide, block_.out, kernels("pw_kernel_size", 1), {}, nullptr);
  return finish(joined({first, expand, depthwise, excite, project}));
}

Layer Builder::depthwiseSeparable() {
  std::int64_t in = block_.in;
  auto kernel = kernels("dw_kernel_size", 3);
  const Layer first = spaceToDepth(in, kernel);
  const Layer depthwise = strided("conv_dw", "bn1", in, in, kernel, groups(in, 1));
  const Layer excite = squeeze(in);
  const Act act = block_.arguments.get("pw_act", false) ? act_ : nullptr;
  const Layer project =
      convolve("conv_pw", "bn2", in, block_.out, kernels("pw_kernel_size", 1), {}, act);
  return finish(joined({first, depthwise, excite, project}));
}

Layer Builder::edgeResidual() {
  const std::int64_t forced = size("force_in_chs", 0);
  const std::int64_t wide = expanded(forced > 0 ? common_.round(forced) : block_.in);
  const Layer expand =
      strided("conv_exp", "bn1", block_.in, wide, kernels("exp_kernel_size", 3), groups(wide, 0));
  const Layer excite = squeeze(wide);
  const Layer project =
      convolve("conv_pwl", "bn2", wide, block_.out, kernels("pw_kernel_size", 1), {}, nullptr);
  return finish(joined({expand, excite, project}));
}

Layer Builder::plainConvolution() {
  hasSkip_ = block_.arguments.get("skip", false) && block_.stride == 1 && block_.in == block_.out;
  return finish(strided("conv", "bn1", block_.in, block_.out, kernels("kernel_size", 3),
                        groups(block_.in, 0)));
}

Layer Builder::convNormActModule(const char* name, std::int64_t in, std::int64_t out,
                                 std::int64_t kernel, std::int64_t stride, std::int64_t groups,
                                 Act act, bool smooth) const {
  smooth = smooth && common_.antialiasing && stride > 1;
  const ConvSpec spec{.kernel = kernel,
                      .stride = smooth ? 1 : stride,
                      .dilation = kernel > 1 ? block_.dilation : 1,
                      .groups = groups,
                      .padding = common_.padding};
  const Scope scope = scope_ / name;
  const Layer layer = convNormAct(scope / "conv", scope / "bn", in, out, spec, common_.norm, act);
  return smooth ? chain(layer, antialias(common_.antialiasing, stride)) : layer;
}

Layer Builder::universalResidual() {
  const std::int64_t start = size("dw_kernel_size_start", 0),
                     middle = size("dw_kernel_size_mid", 3), end = size("dw_kernel_size_end", 0);
  const std::int64_t in = block_.in, out = block_.out, wide = expanded(in), stride = block_.stride;
  Layer first, depthwise, last;
  if (start > 0)
    first = convNormActModule("dw_start", in, in, start, middle > 0 ? 1 : stride, groups(in, 1),
                              nullptr, /*smooth=*/true);
  const Layer expand = convNormActModule("pw_exp", in, wide, 1, 1, 1, act_, false);
  if (middle > 0)
    depthwise = convNormActModule("dw_mid", wide, wide, middle, stride, groups(wide, 1), act_,
                                  /*smooth=*/true);
  const Layer excite = squeeze(wide);
  const Layer project = convNormActModule("pw_proj", wide, out, 1, 1, 1, nullptr, false);
  if (end > 0)
    last = convNormActModule("dw_end", out, out, end, start == 0 && middle == 0 ? stride : 1,
                             groups(out, 1), nullptr, false);
  return finish(joined({first, expand, depthwise, excite, project, last}), out);
}

/// A convolution whose weights are a mix of `experts` ones, which each picture chooses.
class ConditionalConv {
 public:
  ConditionalConv(const Scope& scope, std::int64_t in, std::int64_t out, std::int64_t experts,
                  const ConvSpec& spec)
      : shape_{out, in / spec.groups, spec.kernel, spec.kernel}, spec_(spec) {
    const std::int64_t count = shape_[0] * shape_[1] * shape_[2] * shape_[3];
    weights_ = scope.tensor("weight", {experts, count});
  }
  /// routing [batch, experts].
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& routing) const {
    const at::Tensor mixed = at::matmul(routing, weights_);
    std::vector<at::Tensor> results;
    for (std::int64_t i = 0; i < x.size(0); ++i)
      results.push_back(convolution(x.narrow(0, i, 1), mixed[i].view(shape_), spec_));
    return at::cat(results);
  }

 private:
  nn::Shape shape_;
  ConvSpec spec_;
  at::Tensor weights_;
};

Layer Builder::conditionalResidual(std::int64_t experts) {
  const std::int64_t in = block_.in, out = block_.out, wide = expanded(in);
  const auto conv = [&](const char* name, std::int64_t from, std::int64_t to, ConvSpec spec) {
    spec.padding = common_.padding;
    return ConditionalConv(scope_ / name, from, to, experts, spec);
  };
  const Layer route = linear(scope_ / "routing_fn", in, experts);
  const auto expand = conv("conv_pw", in, wide, {.kernel = size("exp_kernel_size", 1)});
  const auto depthwise = conv("conv_dw", wide, wide,
                              {.kernel = size("dw_kernel_size", 3),
                               .stride = block_.stride,
                               .dilation = block_.dilation,
                               .groups = groups(wide, 1)});
  const auto project = conv("conv_pwl", wide, out, {.kernel = size("pw_kernel_size", 1)});
  const Layer bn1 = normAct(scope_ / "bn1", wide, common_.norm, act_),
              bn2 = normAct(scope_ / "bn2", wide, common_.norm, act_),
              bn3 = normAct(scope_ / "bn3", out, common_.norm, nullptr), excite = squeeze(wide);
  return finish([=](const at::Tensor& x) {
    const at::Tensor routing = at::sigmoid(route(x.mean({2, 3})));
    const at::Tensor y = bn2(depthwise(bn1(expand(x, routing)), routing));
    return bn3(project(excite ? excite(y) : y, routing));
  });
}

}  // namespace

std::int64_t MobileCommon::round(std::int64_t channels) const {
  const double multiplier = rounding.number("multiplier", 1);
  if (multiplier == 0) return channels;
  return makeDivisible(static_cast<double>(channels) * multiplier, rounding.integer("divisor", 8),
                       rounding.number("round_limit", 0.9));
}

Layer mobileBlock(const Scope& scope, const MobileBlock& block, const MobileCommon& common) {
  Builder builder(scope, block, common);
  const auto type = block.arguments.require<std::string>("block_type");
  if (type == "ir") {
    const auto experts = block.arguments.get<std::int64_t>("num_experts", 0);
    return experts > 0 ? builder.conditionalResidual(experts) : builder.invertedResidual();
  }
  if (type == "ds" || type == "dsa") return builder.depthwiseSeparable();
  if (type == "er") return builder.edgeResidual();
  if (type == "cn") return builder.plainConvolution();
  if (type == "uir") return builder.universalResidual();
  if (type == "mqa") return mobileAttention(scope, block, common, /*multiQuery=*/true);
  if (type == "mha") return mobileAttention(scope, block, common, /*multiQuery=*/false);
  throw block.arguments["block_type"].error(
      fmt::format("{} is not one of ir, ds, dsa, er, cn, uir, mqa, mha", quoted(type)));
}

}  // namespace orrery::models::timm
