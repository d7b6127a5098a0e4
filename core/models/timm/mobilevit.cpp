#include "core/models/timm/byobnet.h"
#include "core/models/timm/transformer.h"

namespace orrery::models::timm {
namespace {

struct Options {
  Options(const ByobBlock& block)
      : patch(block.options.get<std::int64_t>("patch_size", 8)),
        depth(block.options.get<std::int64_t>("transformer_depth", 2)),
        heads(block.options.get<std::int64_t>("num_heads", 4)),
        kernel(block.options.get<std::int64_t>("kernel_size", 3)),
        ratio(block.options.get("mlp_ratio", 2.0)) {
    const auto usual = makeDivisible(block.ratio * static_cast<double>(block.in));
    dim = block.options.get("transformer_dim", usual);
    hidden = static_cast<std::int64_t>(static_cast<double>(dim) * ratio);
    if (patch < 1 || heads < 1) throw block.options.error("expected sizes of 1 or more");
  }
  std::int64_t patch, depth, heads, kernel, dim = 0, hidden = 0;
  double ratio;
};

/// The convolutions before the transformer.
Layer local(const Scope& scope, const ByobBlock& block, const ByobCommon& common,
            const Options& o) {
  const ConvSpec grouped{.kernel = o.kernel,
                         .stride = block.stride,
                         .dilation = block.firstDilation,
                         .groups = block.groups(block.in)};
  return chain(common.convolve(scope / "conv_kxk", block.in, block.in, grouped),
               conv(scope / "conv_1x1", block.in, o.dim, {}));
}

at::Tensor resized(const at::Tensor& x, std::int64_t rows, std::int64_t columns, bool corners) {
  if (x.size(2) == rows && x.size(3) == columns) return x;
  return at::upsample_bilinear2d(x, {rows, columns}, corners);
}

std::int64_t upTo(std::int64_t size, std::int64_t patch) {
  return (size + patch - 1) / patch * patch;
}

/// [batch, dim, rows, columns] → [batch, dim, pixels of a patch, patches].
at::Tensor unfold(const at::Tensor& x, std::int64_t patch) {
  return x.reshape({x.size(0), x.size(1), x.size(2) / patch, patch, x.size(3) / patch, patch})
      .permute({0, 1, 3, 5, 2, 4})
      .reshape({x.size(0), x.size(1), patch * patch, -1});
}

at::Tensor fold(const at::Tensor& x, std::int64_t patch, std::int64_t rows, std::int64_t columns) {
  return x.reshape({x.size(0), x.size(1), patch, patch, rows / patch, columns / patch})
      .permute({0, 1, 4, 2, 5, 3})
      .reshape({x.size(0), x.size(1), rows, columns});
}

Layer transformerBlock(const Scope& scope, const Options& o, const Norm& norm, Act act) {
  const AttentionSpec spec{.dim = o.dim, .heads = o.heads, .norm = norm};
  return chain(residual(norm(scope / "norm1", o.dim), selfAttention(scope / "attn", spec)),
               residual(norm(scope / "norm2", o.dim),
                        mlp(scope / "mlp", {.in = o.dim, .hidden = o.hidden, .act = act})));
}

/// Attention whose cost grows with the patches and not with their square: one score a place.
Layer linearAttention(const Scope& scope, std::int64_t dim) {
  const Layer qkv = conv(scope / "qkv_proj", dim, 1 + 2 * dim, {.bias = true});
  const Layer out = conv(scope / "out_proj", dim, dim, {.bias = true});
  return [=](const at::Tensor& x) {
    const auto parts = qkv(x).split_with_sizes({1, dim, dim}, 1);
    const at::Tensor context = (parts[1] * parts[0].softmax(-1)).sum(-1, /*keepdim=*/true);
    return out(at::relu(parts[2]) * context);
  };
}

Layer linearBlock(const Scope& scope, const Options& o, const Kind& norm, Act act) {
  const Layer up = conv(scope / "mlp" / "fc1", o.dim, o.hidden, {.bias = true});
  const Layer down = conv(scope / "mlp" / "fc2", o.hidden, o.dim, {.bias = true});
  return chain(
      residual(norm2d(scope / "norm1", o.dim, norm), linearAttention(scope / "attn", o.dim)),
      residual(norm2d(scope / "norm2", o.dim, norm),
               [=](const at::Tensor& x) { return down(act(up(x))); }));
}

}  // namespace

Layer mobileVitBlock(const Scope& scope, const ByobBlock& block, const ByobCommon& common) {
  const Options o(block);
  const Norm norm{.kind = Kind("layernorm"), .eps = 1e-5};
  const Layer before = local(scope, block, common, o);
  Layer global = identity;
  for (std::int64_t i = 0; i < o.depth; ++i)
    global = chain(global, transformerBlock(scope / "transformer" / i, o, norm, common.act));
  global = chain(global, norm(scope / "norm", o.dim));
  const Layer project = common.convolve(scope / "conv_proj", o.dim, block.out, {});
  Layer fuse;
  if (!block.options.get("no_fusion", false))
    fuse = common.convolve(scope / "conv_fusion", block.in + block.out, block.out,
                           {.kernel = o.kernel});
  return [=, patch = o.patch, dim = o.dim](const at::Tensor& x) {
    const at::Tensor map = before(x);
    const std::int64_t rows = upTo(map.size(2), patch), columns = upTo(map.size(3), patch);
    // The pixels at one place of all patches see each other.
    const at::Tensor places =
        unfold(resized(map, rows, columns, false), patch).permute({0, 2, 3, 1});
    const at::Tensor seen = global(places.reshape({-1, places.size(2), dim}));
    const at::Tensor folded =
        fold(seen.reshape(places.sizes()).permute({0, 3, 1, 2}), patch, rows, columns);
    const at::Tensor y = project(resized(folded, map.size(2), map.size(3), false));
    return fuse ? fuse(at::cat({x, y}, 1)) : y;
  };
}

Layer mobileVitV2Block(const Scope& scope, const ByobBlock& block, const ByobCommon& common) {
  const Options o(block);
  const Kind norm("groupnorm1");
  const Layer before = local(scope, block, common, o);
  Layer global = identity;
  for (std::int64_t i = 0; i < o.depth; ++i)
    global = chain(global, linearBlock(scope / "transformer" / i, o, norm, common.act));
  global = chain(global, norm2d(scope / "norm", o.dim, norm));
  const Layer project =
      common.convolve(scope / "conv_proj", o.dim, block.out, {}, /*withAct=*/false);
  return [=, patch = o.patch](const at::Tensor& x) {
    const std::int64_t rows = upTo(x.size(2), patch), columns = upTo(x.size(3), patch);
    const at::Tensor map = before(resized(x, rows, columns, true));
    return project(fold(global(unfold(map, patch)), patch, rows, columns));
  };
}

}  // namespace orrery::models::timm
