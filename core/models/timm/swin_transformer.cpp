#include <cmath>

#include "core/base/error.h"
#include "core/models/timm/net.h"
#include "core/models/timm/transformer.h"
#include "core/nn/attention.h"

namespace orrery::models::timm {
namespace {

using Size = std::array<std::int64_t, 2>;

/// How a block cuts its map [batch, rows, columns, channels] into windows.
struct Windows {
  Size map{}, window{}, shift{};

  /// The map's size, filled up to whole windows.
  Size padded() const {
    return {(map[0] + window[0] - 1) / window[0] * window[0],
            (map[1] + window[1] - 1) / window[1] * window[1]};
  }
  std::int64_t area() const { return window[0] * window[1]; }
  bool shifted() const { return shift[0] > 0 || shift[1] > 0; }

  /// x [batch, rows, columns, channels] → [batch * windows, area, channels].
  at::Tensor cut(const at::Tensor& x) const {
    const Size whole = padded();
    return x
        .reshape({x.size(0), whole[0] / window[0], window[0], whole[1] / window[1], window[1], -1})
        .permute({0, 1, 3, 2, 4, 5})
        .reshape({-1, area(), x.size(3)});
  }
  at::Tensor join(const at::Tensor& windows) const {
    const Size whole = padded();
    return windows
        .reshape(
            {-1, whole[0] / window[0], whole[1] / window[1], window[0], window[1], windows.size(2)})
        .permute({0, 1, 3, 2, 4, 5})
        .reshape({-1, whole[0], whole[1], windows.size(2)});
  }
  /// Hides from each other the parts of a window that a cyclic shift has brought together
  /// [windows, 1, area, area].
  at::Tensor mask() const;
};

/// Which of three bands an index lies in: before the last window, in it, in what was shifted.
at::Tensor bands(std::int64_t size, std::int64_t window, std::int64_t shift) {
  at::Tensor result = at::full({size}, 2, at::kFloat);
  if (shift == 0) return result;
  result.slice(0, 0, size - window).fill_(0);
  result.slice(0, size - window, size - shift).fill_(1);
  return result;
}

at::Tensor Windows::mask() const {
  const Size whole = padded();
  const at::Tensor rows = bands(whole[0], window[0], shift[0]).view({-1, 1});
  const at::Tensor columns = bands(whole[1], window[1], shift[1]).view({1, -1});
  const at::Tensor parts = cut((3 * rows + columns).view({1, whole[0], whole[1], 1})).squeeze(2);
  const at::Tensor differ = parts.unsqueeze(1).ne(parts.unsqueeze(2));
  return (differ.to(at::kFloat) * -100).unsqueeze(1);
}

struct StageConfig {
  std::int64_t dim = 0, heads = 1, headDim = 0, hidden = 0;
  bool qkvBias = true, alwaysPartition = false;
  Norm norm;
};

Windows windowsOf(const StageConfig& c, Size map, Size wanted, bool shift) {
  Windows w{.map = map, .window = wanted};
  for (std::size_t i = 0; i < 2; ++i) {
    if (!c.alwaysPartition) w.window[i] = std::min(map[i], wanted[i]);
    const bool whole = !c.alwaysPartition && map[i] <= w.window[i];
    if (shift && !whole) w.shift[i] = wanted[i] / 2;
  }
  return w;
}

/// Attention within each window, with a learned bias by distance.
Layer windowAttention(const Scope& scope, const StageConfig& c, const Windows& w) {
  const std::int64_t width = c.headDim * c.heads;
  const Layer qkv = linear(scope / "qkv", c.dim, 3 * width, c.qkvBias);
  const Layer proj = linear(scope / "proj", width, c.dim);
  const at::Tensor table = scope.tensor("relative_position_bias_table",
                                        {(2 * w.window[0] - 1) * (2 * w.window[1] - 1), c.heads});
  scope.weights.ignore("relative_position_index");
  at::Tensor bias = positionBias(table, relativeIndex(w.window));
  if (w.shifted()) bias = bias + w.mask();
  const double scale = 1 / std::sqrt(static_cast<double>(c.headDim));
  return [=, heads = c.heads](const at::Tensor& x) {
    const auto parts = splitHeads(qkv(x), 3, heads);
    // One bias for each window of the first picture; the others have the same.
    const at::Tensor all =
        bias.size(0) > 1 ? bias.repeat({x.size(0) / bias.size(0), 1, 1, 1}) : bias;
    return proj(nn::attend(parts[0], parts[1], parts[2], all, {.scale = scale}));
  };
}

Layer block(const Scope& scope, const StageConfig& c, const Windows& w) {
  scope.weights.ignore("attn_mask");
  const Layer attention = windowAttention(scope / "attn", c, w);
  const auto overWindows = [attention, w](const at::Tensor& x) {
    const Size whole = w.padded();
    at::Tensor y = w.shifted() ? at::roll(x, {-w.shift[0], -w.shift[1]}, {1, 2}) : x;
    if (whole != w.map)
      y = at::constant_pad_nd(y, {0, 0, 0, whole[1] - w.map[1], 0, whole[0] - w.map[0]});
    y = w.join(attention(w.cut(y))).slice(1, 0, w.map[0]).slice(2, 0, w.map[1]);
    return w.shifted() ? at::roll(y, {w.shift[0], w.shift[1]}, {1, 2}) : y;
  };
  return chain(residual(c.norm(scope / "norm1", c.dim), overWindows),
               residual(c.norm(scope / "norm2", c.dim),
                        mlp(scope / "mlp", {.in = c.dim, .hidden = c.hidden})));
}

/// 2×2 neighbours become one token.
Layer patchMerging(const Scope& scope, std::int64_t in, std::int64_t out, const Norm& norm) {
  const Layer normed = norm(scope / "norm", 4 * in);
  const Layer reduce = linear(scope / "reduction", 4 * in, out, /*bias=*/false);
  return [=](const at::Tensor& x) {
    const at::Tensor even = at::constant_pad_nd(x, {0, 0, 0, x.size(2) % 2, 0, x.size(1) % 2});
    const at::Tensor merged =
        even.reshape({x.size(0), even.size(1) / 2, 2, even.size(2) / 2, 2, x.size(3)})
            .permute({0, 1, 3, 4, 2, 5})
            .flatten(3);
    return reduce(normed(merged));
  };
}

/// Window sizes of each stage: one for all, one pair for all, or one for each.
std::vector<Size> windowSizes(const JsonField& a, std::size_t stages) {
  const auto field = a.find("window_size");
  std::vector<Size> sizes;
  if (field && field->json().is_array() && field->json().size() != 2) {
    for (const auto size : field->as<std::vector<std::int64_t>>()) sizes.push_back({size, size});
  } else {
    sizes.assign(stages, pairOf(a, "window_size", 7));
  }
  if (sizes.size() != stages) throw a["window_size"].error("expected one for each stage");
  for (const Size& size : sizes)
    if (size[0] < 1 || size[1] < 1) throw a["window_size"].error("expected sizes of 1 or more");
  return sizes;
}

}  // namespace

Net buildSwin(const JsonField& a, const Scope& scope) {
  using Sizes = std::vector<std::int64_t>;
  const auto depths = a.get("depths", Sizes{2, 2, 6, 2});
  const auto heads = a.get("num_heads", Sizes{3, 6, 12, 24});
  if (depths.empty() || depths.size() > 16 || heads.size() != depths.size())
    throw a.error("expected depths and num_heads of each stage");
  const auto windows = windowSizes(a, depths.size());
  StageConfig c;
  c.dim = a.get<std::int64_t>("embed_dim", 96);
  c.qkvBias = a.get("qkv_bias", true);
  c.alwaysPartition = a.get("always_partition", false);
  c.norm = {.kind = Kind(a, "norm_layer", "layernorm"), .eps = 1e-5};
  const double ratio = a.get("mlp_ratio", 4.0);
  const PatchEmbed patches(scope / "patch_embed", a, 4, c.dim, /*bias=*/true);
  const Layer patchNorm = c.norm(scope / "patch_embed" / "norm", c.dim);
  Net net;
  net.stages.push_back({"patch_embed", [=](const at::Tensor& x) {
                          return patchNorm(patches(x).permute({0, 2, 3, 1}));
                        }});
  Size map = patches.grid();
  for (std::size_t i = 0; i < depths.size(); ++i) {
    const std::string name = fmt::format("layers.{}", i);
    if (i > 0) {
      net.stages.push_back({name + ".downsample",
                            patchMerging(scope / name / "downsample", c.dim, 2 * c.dim, c.norm)});
      c.dim *= 2;
      map = {map[0] / 2, map[1] / 2};
    }
    c.heads = heads[i];
    if (c.heads < 1) throw a["num_heads"].error("expected 1 or more");
    c.headDim = a.get("head_dim", c.dim / c.heads);
    c.hidden = static_cast<std::int64_t>(static_cast<double>(c.dim) * ratio);
    for (std::int64_t j = 0; j < depths[i]; ++j) {
      const std::string path = fmt::format("{}.blocks.{}", name, j);
      net.stages.push_back(
          {path, block(scope / path, c, windowsOf(c, map, windows[i], j % 2 == 1))});
    }
  }
  net.stages.push_back({"norm", c.norm(scope / "norm", c.dim)});
  const auto pool = a.get<std::string>("global_pool", "avg");
  if (!pool.empty() && pool != "avg") throw a["global_pool"].error("expected avg or \"\"");
  net.setHead(
      [flat = !pool.empty()](const at::Tensor& x) {
        return flat ? x.mean({1, 2}) : x;
      },
      classifier(scope / "head" / "fc", c.dim, a.get<std::int64_t>("num_classes", 1000)));
  return net;
}

}  // namespace orrery::models::timm
