#include <cmath>

#include "core/models/timm/mobile_blocks.h"
#include "core/nn/attention.h"

/// The attention of MobileNetV4 (Qin et al. 2024): maps [batch, channels, height, width].
namespace orrery::models::timm {
namespace {

/// [batch, heads * dim, height, width] → [batch, heads, pixels, dim].
at::Tensor perHead(const at::Tensor& map, std::int64_t heads) {
  return map.flatten(2)
      .reshape({map.size(0), heads, -1, map.size(2) * map.size(3)})
      .transpose(2, 3);
}

at::Tensor attendOver(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                      const at::Tensor& like) {
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(3)));
  const at::Tensor y = nn::attend(q, k, v, {}, {.scale = scale});  // [batch, pixels, heads * dim]
  return y.transpose(1, 2).reshape({like.size(0), -1, like.size(2), like.size(3)});
}

/// Keys or values: one head for all queries, from fewer pixels where there is a stride.
Layer shared(const Scope& scope, std::int64_t in, std::int64_t out, const MobileBlock& block,
             const MobileCommon& common) {
  const auto stride = block.arguments.get<std::int64_t>("kv_stride", 1);
  const Layer proj = conv(scope / "proj", in, out, {.padding = common.padding});
  if (stride == 1) return proj;
  const ConvSpec down{.kernel = block.arguments.get<std::int64_t>("dw_kernel_size", 3),
                      .stride = stride,
                      .dilation = block.dilation,
                      .groups = in,
                      .padding = common.padding};
  return chain(convNormAct(scope / "down_conv", scope / "norm", in, in, down, common.norm, nullptr),
               proj);
}

Layer multiQueryAttention(const Scope& scope, const MobileBlock& block, const MobileCommon& common,
                          std::int64_t heads) {
  const auto keyDim = block.arguments.get<std::int64_t>("key_dim", 64);
  const auto valueDim = block.arguments.get<std::int64_t>("value_dim", 64);
  const Layer query = conv(scope / "query" / "proj", block.in, heads * keyDim, {});
  const Layer key = shared(scope / "key", block.in, keyDim, block, common);
  const Layer value = shared(scope / "value", block.in, valueDim, block, common);
  const Layer output = conv(scope / "output" / "proj", heads * valueDim, block.out, {});
  return [=](const at::Tensor& x) {
    return output(
        attendOver(perHead(query(x), heads), perHead(key(x), 1), perHead(value(x), 1), x));
  };
}

Layer multiHeadAttention(const Scope& scope, const MobileBlock& block, std::int64_t heads) {
  const ConvSpec plain{.bias = block.arguments.get("use_bias", false)};
  const Layer qkv = conv(scope / "qkv", block.in, 3 * block.in, plain);
  const Layer proj = conv(scope / "proj", block.in, block.out, plain);
  return [=](const at::Tensor& x) {
    const auto parts = qkv(x).chunk(3, 1);
    return proj(attendOver(perHead(parts[0], heads), perHead(parts[1], heads),
                           perHead(parts[2], heads), x));
  };
}

}  // namespace

Layer mobileAttention(const Scope& scope, const MobileBlock& block, const MobileCommon& common,
                      bool multiQuery) {
  const JsonField& a = block.arguments;
  for (const char* absent : {"query_strides", "use_cpe"})
    if (a.has(absent)) throw a[absent].error("is not supported");
  const auto keyDim = a.get<std::int64_t>("key_dim", 64);
  if (keyDim < 1) throw a["key_dim"].error("expected a size of 1 or more");
  const std::int64_t heads = a.get<std::int64_t>("num_heads", block.in / keyDim);
  const Layer norm = normAct(scope / "norm", block.in, common.norm, nullptr);
  const Layer attention = multiQuery ? multiQueryAttention(scope / "attn", block, common, heads)
                                     : multiHeadAttention(scope / "attn", block, heads);
  const at::Tensor gamma = common.layerScale
                               ? scope.tensor("layer_scale.gamma", {block.out}).view({1, -1, 1, 1})
                               : at::Tensor();
  const bool skip = block.stride == 1 && block.in == block.out && !a.get("noskip", false);
  return [=](const at::Tensor& x) {
    at::Tensor y = attention(norm(x));
    if (gamma.defined()) y = y * gamma;
    return skip ? y + x : y;
  };
}

}  // namespace orrery::models::timm
