#include <cmath>

#include "core/models/timm/layers.h"

namespace orrery::models::timm {
namespace {

/// Squeeze and excitation (Hu et al. 2018).
Layer squeezeExcite(const Scope& scope, std::int64_t channels, const Kind& kind) {
  const std::int64_t reduced =
      kind.integer("rd_channels",
                   makeDivisible(static_cast<double>(channels) * kind.number("rd_ratio", 1.0 / 16),
                                 kind.integer("rd_divisor", 8), /*limit=*/0));
  const bool bias = kind.flag("bias", true);
  const Layer down = conv(scope / "fc1", channels, reduced, {.bias = bias});
  const Layer up = conv(scope / "fc2", reduced, channels, {.bias = bias});
  const Act act = activation(kind.kind("act_layer", "relu"));
  const Act gate = activation(kind.kind("gate_layer", "sigmoid"));
  return [=](const at::Tensor& x) { return x * gate(up(act(down(x.mean({2, 3}, true))))); };
}

/// One fully connected layer with a hard gate (Lee & Park 2020).
Layer effectiveSqueeze(const Scope& scope, std::int64_t channels, const Kind& kind) {
  const Layer mix = conv(scope / "fc", channels, channels, {.bias = true});
  const Act gate = activation(kind.kind("gate_layer", "hard_sigmoid"));
  return [=](const at::Tensor& x) { return x * gate(mix(x.mean({2, 3}, true))); };
}

/// A convolution over neighbouring channels (Wang et al. 2020).
Layer efficientAttention(const Scope& scope, std::int64_t channels, const Kind& kind) {
  const auto reach =
      static_cast<std::int64_t>(std::abs(std::log2(static_cast<double>(channels)) + 1) / 2);
  const std::int64_t size = std::max<std::int64_t>(reach % 2 == 1 ? reach : reach + 1, 3);
  const at::Tensor weight = scope.tensor("conv.weight", {1, 1, size});
  const Act gate = activation(kind.kind("gate_layer", "sigmoid"));
  return [=](const at::Tensor& x) {
    const at::Tensor means = x.mean({2, 3}).unsqueeze(1);
    const at::Tensor mixed = at::conv1d(means, weight, {}, {1}, {size / 2});
    return x * gate(mixed).view({x.size(0), x.size(1), 1, 1});
  };
}

/// What the whole picture says, weighed by one attention map (Cao et al. 2019).
Layer globalContext(const Scope& scope, std::int64_t channels, const Kind& kind) {
  const std::int64_t reduced = kind.integer(
      "rd_channels", makeDivisible(static_cast<double>(channels) * kind.number("rd_ratio", 1.0 / 8),
                                   kind.integer("rd_divisor", 1), /*limit=*/0));
  const Scope mlp = scope / "mlp_scale";
  const Layer attend = conv(scope / "conv_attn", channels, 1, {.bias = true});
  const Layer down = conv(mlp / "fc1", channels, reduced, {.bias = true});
  const Layer norm = norm2d(mlp / "norm", reduced, Kind("layernorm2d"));
  const Layer up = conv(mlp / "fc2", reduced, channels, {.bias = true});
  const Act act = activation(kind.kind("act_layer", "relu"));
  const Act gate = activation(kind.kind("gate_layer", "sigmoid"));
  return [=](const at::Tensor& x) {
    const at::Tensor map = attend(x).flatten(1).softmax(-1).unsqueeze(2);  // [batch, pixels, 1]
    const at::Tensor context = at::matmul(x.flatten(2), map).unsqueeze(3);
    return x * gate(up(act(norm(down(context)))));
  };
}

}  // namespace

Layer channelAttention(const Scope& scope, std::int64_t channels, const Kind& kind) {
  const std::string& name = kind.name();
  if (name.empty()) return nullptr;
  if (name == "se" || name == "semodule") return squeezeExcite(scope, channels, kind);
  if (name == "ese" || name == "effectivesemodule") return effectiveSqueeze(scope, channels, kind);
  if (name == "eca" || name == "ecamodule") return efficientAttention(scope, channels, kind);
  if (name == "gc" || name == "globalcontext") return globalContext(scope, channels, kind);
  throw kind.unknown("channel attention");
}

}  // namespace orrery::models::timm
