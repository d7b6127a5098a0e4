#include <cmath>

#include "core/models/timm/net.h"
#include "core/models/timm/transformer.h"
#include "core/nn/attention.h"

namespace orrery::models::timm {
namespace {

struct BeitConfig {
  explicit BeitConfig(const JsonField& a)
      : dim(a.get<std::int64_t>("embed_dim", 768)),
        depth(a.get<std::int64_t>("depth", 12)),
        heads(a.get<std::int64_t>("num_heads", 12)),
        qkvBias(a.get("qkv_bias", true)),
        layerScale(a.find("init_values").has_value()),
        gatedMlp(a.get("swiglu_mlp", false)),
        normMlp(a.get("scale_mlp", false)),
        norm{.kind = Kind(a, "norm_layer", "LayerNorm")} {
    hidden = static_cast<std::int64_t>(static_cast<double>(dim) * a.get("mlp_ratio", 4.0));
    if (heads < 1 || dim % heads != 0)
      throw a.error(fmt::format("num_heads of {} does not divide embed_dim of {}", heads, dim));
  }
  std::int64_t dim, depth, heads, hidden = 0;
  bool qkvBias, layerScale, gatedMlp, normMlp;
  Norm norm;
};

/// The bias by distance [1, heads, tokens, tokens] of a grid with a class token before it.
at::Tensor biasOf(const Scope& scope, const BeitConfig& c, const PatchEmbed::Size& grid) {
  const std::int64_t distances = (2 * grid[0] - 1) * (2 * grid[1] - 1);
  const at::Tensor table = scope.tensor("relative_position_bias_table", {distances + 3, c.heads});
  scope.weights.ignore("relative_position_index");
  // The class token has three rows of its own: to the patches, from them, and to itself.
  at::Tensor index = at::constant_pad_nd(relativeIndex(grid), {1, 0, 1, 0});
  index.select(0, 0).fill_(distances);
  index.select(1, 0).fill_(distances + 1);
  index[0][0] = distances + 2;
  return positionBias(table, index);
}

/// Queries and values have a bias, keys none.
Layer attention(const Scope& scope, const BeitConfig& c, const at::Tensor& positions) {
  at::Tensor bias;
  if (c.qkvBias)
    bias = at::cat(
        {scope.tensor("q_bias", {c.dim}), at::zeros({c.dim}), scope.tensor("v_bias", {c.dim})});
  const nn::Weights qkvScope = scope.weights / "qkv";
  const nn::Linear qkv(qkvScope.view("weight", {3 * c.dim, c.dim}), bias, qkvScope.precision());
  const Layer proj = linear(scope / "proj", c.dim, c.dim);
  const double scale = 1 / std::sqrt(static_cast<double>(c.dim / c.heads));
  return [=, heads = c.heads](const at::Tensor& x) {
    const auto parts = splitHeads(qkv(x), 3, heads);
    return proj(nn::attend(parts[0], parts[1], parts[2], positions, {.scale = scale}));
  };
}

Layer block(const Scope& scope, const BeitConfig& c, const at::Tensor& positions) {
  const auto gamma = [&](const char* name) {
    return c.layerScale ? scope.tensor(name, {c.dim}) : at::Tensor();
  };
  const MlpSpec feed{.in = c.dim,
                     .hidden = c.hidden,
                     .kind = Kind(c.gatedMlp ? "SwiGLU" : "Mlp"),
                     .norm = c.normMlp ? &c.norm : nullptr};
  return chain(
      residual(c.norm(scope / "norm1", c.dim), attention(scope / "attn", c, positions),
               gamma("gamma_1")),
      residual(c.norm(scope / "norm2", c.dim), mlp(scope / "mlp", feed), gamma("gamma_2")));
}

}  // namespace

Net buildBeit(const JsonField& a, const Scope& scope) {
  const BeitConfig c(a);
  const PatchEmbed patches(scope / "patch_embed", a, 16, c.dim, /*bias=*/true);
  const at::Tensor token = scope.tensor("cls_token", {1, 1, c.dim});
  const at::Tensor positions = a.get("use_abs_pos_emb", true)
                                   ? scope.tensor("pos_embed", {1, patches.patches() + 1, c.dim})
                                   : at::Tensor();
  Net net;
  net.stages.push_back(
      {"patch_embed", [=](const at::Tensor& x) {
         const at::Tensor tokens =
             at::cat({token.expand({x.size(0), -1, -1}), patches(x).flatten(2).transpose(1, 2)}, 1);
         return positions.defined() ? tokens + positions : tokens;
       }});
  at::Tensor shared;
  if (a.get("use_shared_rel_pos_bias", false))
    shared = biasOf(scope / "rel_pos_bias", c, patches.grid());
  const bool own = a.get("use_rel_pos_bias", false);
  for (std::int64_t i = 0; i < c.depth; ++i) {
    const Scope at = scope / "blocks" / i;
    at::Tensor bias = shared;
    if (own) {
      bias = biasOf(at / "attn", c, patches.grid());
      if (shared.defined()) bias = bias + shared;
    }
    net.stages.push_back({fmt::format("blocks.{}", i), block(at, c, bias)});
  }
  const auto pool = a.get<std::string>("global_pool", "avg");
  Layer head = identity;
  if (pool == "avg") {
    head = chain([](const at::Tensor& x) { return x.slice(1, 1).mean(1); },
                 c.norm(scope / "fc_norm", c.dim));
  } else {
    net.stages.push_back({"norm", c.norm(scope / "norm", c.dim)});
    if (!pool.empty()) head = [](const at::Tensor& x) { return x.select(1, 0); };
  }
  net.setHead(head, classifier(scope / "head", c.dim, a.get<std::int64_t>("num_classes", 1000)));
  return net;
}

}  // namespace orrery::models::timm
