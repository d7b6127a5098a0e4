#include <cmath>

#include "core/base/error.h"
#include "core/models/timm/net.h"
#include "core/models/timm/transformer.h"
#include "core/nn/attention.h"

namespace orrery::models::timm {
namespace {

/// Arguments of timm's VisionTransformer.
struct VitConfig {
  explicit VitConfig(const JsonField& a)
      : dim(a.get<std::int64_t>("embed_dim", 768)),
        depth(a.get<std::int64_t>("depth", 12)),
        classes(a.get<std::int64_t>("num_classes", 1000)),
        registers(a.get<std::int64_t>("reg_tokens", 0)),
        classToken(a.get("class_token", true)),
        noEmbedClass(a.get("no_embed_class", false)),
        preNorm(a.get("pre_norm", false)),
        poolPrefix(a.get("pool_include_prefix", false)),
        anySize(a.get("dynamic_img_size", false)),
        layerScale(a.find("init_values").has_value()),
        scaleMlpNorm(a.get("scale_mlp_norm", false)),
        pool(a.get<std::string>("global_pool", "token")),
        block(a, "block_fn", "Block"),
        mlpLayer(a, "mlp_layer", "Mlp"),
        attention(a, "attn_layer", "attn"),
        norm{.kind = Kind(a, "norm_layer", "LayerNorm")} {
    const double ratio = a.get("mlp_ratio", 4.0);
    hidden = static_cast<std::int64_t>(static_cast<double>(dim) * ratio);
    if (const Kind kind(a, "act_layer"); kind) act = activation(kind);
    heads.dim = dim;
    heads.heads = a.get<std::int64_t>("num_heads", 12);
    heads.qkvBias = a.get("qkv_bias", true);
    heads.projBias = a.get("proj_bias", true);
    heads.qkNorm = a.get("qk_norm", false);
    heads.scaleNorm = a.get("scale_attn_norm", false);
    heads.norm = norm;
    if (heads.heads < 1 || dim % heads.heads != 0)
      throw a["num_heads"].error(fmt::format("{} is not a multiple of {}", dim, heads.heads));
    const bool mean = pool == "avg" || pool == "avgmax" || pool == "max";
    const bool last = a.get("final_norm", true), afterPool = a.get("fc_norm", mean);
    finalNorm = last && !afterPool;
    fcNorm = last && afterPool;
    const auto positions = a.get<std::string>("pos_embed", "learn");
    learnedPositions = !positions.empty() && positions != "none";
  }
  std::int64_t prefix() const { return (classToken ? 1 : 0) + registers; }

  std::int64_t dim, depth, hidden = 0, classes, registers;
  bool classToken, noEmbedClass, preNorm, poolPrefix, anySize, layerScale, scaleMlpNorm;
  bool finalNorm = true, fcNorm = false, learnedPositions = true;
  std::string pool;
  Kind block, mlpLayer, attention;
  Norm norm;
  Act act = nullptr;
  AttentionSpec heads;
};

Layer attention(const Scope& scope, const VitConfig& c, std::int64_t index) {
  const std::string& name = c.attention.name();
  if (name == "diff" || name == "diffattention")
    return differentialAttention(scope, c.heads, index);
  if (!name.empty() && name != "attn" && name != "attention")
    throw c.attention.unknown("attn_layer");
  return selfAttention(scope, c.heads);
}

Layer feedForward(const Scope& scope, const VitConfig& c) {
  return mlp(scope, {.in = c.dim,
                     .hidden = c.hidden,
                     .kind = c.mlpLayer,
                     .act = c.act,
                     .norm = c.scaleMlpNorm ? &c.norm : nullptr,
                     .bias = c.heads.projBias});
}

Layer plainBlock(const Scope& scope, const VitConfig& c, std::int64_t index) {
  return chain(residual(c.norm(scope / "norm1", c.dim), attention(scope / "attn", c, index),
                        layerScale(scope / "ls1", c.dim, c.layerScale)),
               residual(c.norm(scope / "norm2", c.dim), feedForward(scope / "mlp", c),
                        layerScale(scope / "ls2", c.dim, c.layerScale)));
}

/// Norms after attention and feed-forward (Swin V2's order).
Layer postNormBlock(const Scope& scope, const VitConfig& c, std::int64_t index) {
  return chain(residual(attention(scope / "attn", c, index), c.norm(scope / "norm1", c.dim)),
               residual(feedForward(scope / "mlp", c), c.norm(scope / "norm2", c.dim)));
}

/// Attention and feed-forward side by side, in one product (Dehghani et al. 2023).
Layer parallelBlock(const Scope& scope, const VitConfig& c, std::int64_t index, bool twice) {
  const std::int64_t dim = c.dim, heads = c.heads.heads, hidden = c.hidden;
  const std::int64_t headDim = dim / heads / (twice ? 2 : 1);
  const Layer in = linear(scope / "in_proj", dim, hidden + 3 * dim, c.heads.qkvBias);
  const at::Tensor bias = c.heads.qkvBias ? at::Tensor() : scope.tensor("mlp_bias", {hidden});
  const auto headNorm = [&](const char* name) {
    return c.heads.qkNorm ? c.norm(scope / name, headDim) : Layer(identity);
  };
  const Layer qNorm = headNorm("q_norm"), kNorm = headNorm("k_norm");
  const Layer subNorm =
      twice ? normLast(scope / "sub_norm", 2 * headDim, Kind("rmsnorm"), 1e-5) : Layer(identity);
  const std::optional<Lambda> lambda =
      twice ? std::optional<Lambda>(std::in_place, scope, headDim, index) : std::nullopt;
  const auto out = [&](const char* name, std::int64_t width) {
    return linear(scope / name, width, dim, c.heads.projBias);
  };
  const Layer fused = twice ? out("out_proj", dim + hidden) : Layer(),
              attnOut = twice ? Layer() : out("attn_out_proj", dim),
              mlpOut = twice ? Layer() : out("mlp_out_proj", hidden);
  const Act act = c.act ? c.act : activation("gelu");
  const auto body = [=](const at::Tensor& x) {
    const auto parts = in(x).split_with_sizes({hidden, dim, dim, dim}, -1);
    const at::Tensor up = bias.defined() ? parts[0] + bias : parts[0].contiguous();
    const auto split = [&](int part, std::int64_t count) {
      return splitHeads(parts[part].contiguous(), 1, count)[0];
    };
    const std::int64_t maps = twice ? 2 * heads : heads;
    const at::Tensor q = qNorm(split(1, maps)), k = kNorm(split(2, maps)), v = split(3, heads);
    const at::Tensor seen =
        twice ? attendTwice(q, k, v, subNorm, *lambda)
              : nn::attend(q, k, v, {}, {.scale = 1 / std::sqrt(static_cast<double>(headDim))});
    return twice ? fused(at::cat({seen, act(up)}, -1)) : attnOut(seen) + mlpOut(act(up));
  };
  return residual(c.norm(scope / "in_norm", dim), body,
                  layerScale(scope / "ls", dim, c.layerScale));
}

/// Two attentions side by side, then two feed-forwards (Touvron et al. 2022).
Layer twoThingsBlock(const Scope& scope, const VitConfig& c, std::int64_t index) {
  const std::int64_t count = c.block.integer("num_parallel", 2);
  std::vector<Layer> attentions, forwards;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto part = [&](const char* list, const char* name, auto make) {
      const Scope at = scope / list / i;
      const at::Tensor gamma = layerScale(at / "ls", c.dim, c.layerScale);
      const Layer body = chain(c.norm(at / "norm", c.dim), make(at / name));
      if (!gamma.defined()) return body;
      return Layer([body, gamma](const at::Tensor& x) { return body(x) * gamma; });
    };
    attentions.push_back(
        part("attns", "attn", [&](const Scope& at) { return attention(at, c, index); }));
    forwards.push_back(part("ffns", "mlp", [&](const Scope& at) { return feedForward(at, c); }));
  }
  return [=](const at::Tensor& x) {
    at::Tensor y = x;
    for (const Layer& layer : attentions) y = y + layer(x);
    const at::Tensor middle = y;
    for (const Layer& layer : forwards) y = y + layer(middle);
    return y;
  };
}

Layer block(const Scope& scope, const VitConfig& c, std::int64_t index) {
  const std::string& name = c.block.name();
  if (name == "block") return plainBlock(scope, c, index);
  if (name == "respostblock") return postNormBlock(scope, c, index);
  if (name == "parallelscalingblock") return parallelBlock(scope, c, index, /*twice=*/false);
  if (name == "diffparallelscalingblock") return parallelBlock(scope, c, index, /*twice=*/true);
  if (name == "parallelthingsblock") return twoThingsBlock(scope, c, index);
  throw c.block.unknown("block_fn");
}

/// Patches, the tokens before them, and positions.
class Embedding {
 public:
  Embedding(const JsonField& a, const Scope& scope, const VitConfig& c,
            const std::vector<const char*>& tokens)
      : patches_(scope / "patch_embed", a, 16, c.dim, !c.preNorm,
                 c.anySize ? PatchEmbed::Sides::kAny : PatchEmbed::Sides::kFixed),
        noEmbedClass_(c.noEmbedClass) {
    if (const Kind kind(a, "embed_layer", "PatchEmbed"); kind.name() != "patchembed")
      throw kind.unknown("embed_layer");
    if (const Kind kind(a, "embed_norm_layer"); kind)
      norm_ = normLast(scope / "patch_embed" / "norm", c.dim, kind, 1e-6);
    std::int64_t prefix = 0;
    for (const char* name : tokens) {
      const std::int64_t count = name == std::string_view("reg_token") ? c.registers : 1;
      tokens_.push_back(scope.tensor(name, {1, count, c.dim}));
      prefix += count;
    }
    const std::int64_t length = patches_.patches() + (noEmbedClass_ ? 0 : prefix);
    if (c.learnedPositions) positions_ = scope.tensor("pos_embed", {1, length, c.dim});
    if (c.preNorm) preNorm_ = c.norm(scope / "norm_pre", c.dim);
  }

  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor map = patches_(x);
    const at::Tensor patches = norm_(map.flatten(2).transpose(1, 2));
    const at::Tensor positions = positionsFor(map.size(2), map.size(3));
    std::vector<at::Tensor> parts;
    for (const at::Tensor& token : tokens_) parts.push_back(token.expand({x.size(0), -1, -1}));
    const bool before = noEmbedClass_ && positions.defined();
    parts.push_back(before ? patches + positions : patches);
    const at::Tensor joined = at::cat(parts, 1);
    return preNorm_(positions.defined() && !before ? joined + positions : joined);
  }

 private:
  /// The positions, resampled where the picture has another size than the model was made for.
  at::Tensor positionsFor(std::int64_t rows, std::int64_t columns) const {
    const auto grid = patches_.grid();
    if (!positions_.defined() || (rows == grid[0] && columns == grid[1])) return positions_;
    const std::int64_t prefix = positions_.size(1) - grid[0] * grid[1];
    const at::Tensor map = positions_.slice(1, prefix)
                               .view({1, grid[0], grid[1], -1})
                               .permute({0, 3, 1, 2})
                               .contiguous();
    const at::Tensor resampled =
        at::_upsample_bicubic2d_aa(map, {rows, columns}, /*align_corners=*/false);
    return at::cat({positions_.slice(1, 0, prefix), resampled.flatten(2).transpose(1, 2)}, 1);
  }

  PatchEmbed patches_;
  bool noEmbedClass_;
  std::vector<at::Tensor> tokens_;
  at::Tensor positions_;
  Layer norm_ = identity, preNorm_ = identity;
};

/// One learned query that looks at all tokens.
Layer attentionPool(const Scope& scope, const VitConfig& c) {
  const std::int64_t dim = c.dim, heads = c.heads.heads;
  const at::Tensor latent = scope.tensor("latent", {1, 1, dim});
  const Layer q = linear(scope / "q", dim, dim), kv = linear(scope / "kv", dim, 2 * dim);
  const Layer proj = linear(scope / "proj", dim, dim), norm = c.norm(scope / "norm", dim);
  const Layer feed = mlp(scope / "mlp", {.in = dim, .hidden = c.hidden, .act = c.act});
  const std::int64_t skipped = c.poolPrefix ? 0 : c.prefix();
  return [=](const at::Tensor& x) {
    const at::Tensor tokens = x.slice(1, skipped);
    const auto parts = splitHeads(kv(tokens), 2, heads);
    const at::Tensor query = splitHeads(q(latent.expand({x.size(0), -1, -1})), 1, heads)[0];
    const at::Tensor y = proj(nn::attend(
        query, parts[0], parts[1], {}, {.scale = 1 / std::sqrt(static_cast<double>(dim / heads))}));
    return (y + feed(norm(y))).select(1, 0);
  };
}

Layer pool(const Scope& scope, const VitConfig& c) {
  if (c.pool.empty()) return identity;
  if (c.pool == "token") return [](const at::Tensor& x) { return x.select(1, 0); };
  if (c.pool == "map") return attentionPool(scope / "attn_pool", c);
  const std::int64_t skipped = c.poolPrefix ? 0 : c.prefix();
  const auto average = [=](const at::Tensor& x) { return x.slice(1, skipped).mean(1); };
  const auto most = [=](const at::Tensor& x) { return x.slice(1, skipped).amax(1); };
  if (c.pool == "avg") return average;
  if (c.pool == "max") return most;
  if (c.pool == "avgmax") return [=](const at::Tensor& x) { return 0.5 * (average(x) + most(x)); };
  throw Error(ErrorKind::kUnsupported,
              "global_pool {}: expected token, avg, max, avgmax, map or \"\"", quoted(c.pool));
}

Net buildTrunk(const JsonField& a, const Scope& scope, const VitConfig& c,
               const std::vector<const char*>& tokens) {
  Net net;
  net.stages.push_back({"patch_embed", Embedding(a, scope, c, tokens)});
  for (std::int64_t i = 0; i < c.depth; ++i)
    net.stages.push_back({fmt::format("blocks.{}", i), block(scope / "blocks" / i, c, i)});
  if (c.finalNorm) net.stages.push_back({"norm", c.norm(scope / "norm", c.dim)});
  return net;
}

}  // namespace

Net buildVisionTransformer(const JsonField& arguments, const Scope& scope) {
  const VitConfig c(arguments);
  std::vector<const char*> tokens;
  if (c.classToken) tokens.push_back("cls_token");
  if (c.registers > 0) tokens.push_back("reg_token");
  Net net = buildTrunk(arguments, scope, c, tokens);
  Layer head = pool(scope, c);
  if (c.fcNorm) head = chain(head, c.norm(scope / "fc_norm", c.dim));
  net.setHead(head, classifier(scope / "head", c.dim, c.classes));
  return net;
}

Net buildDistilled(const JsonField& arguments, const Scope& scope) {
  const VitConfig c(arguments);
  Net net = buildTrunk(arguments, scope, c, {"cls_token", "dist_token"});
  const Layer head = classifier(scope / "head", c.dim, c.classes);
  const Layer taught = classifier(scope / "head_dist", c.dim, c.classes);
  // Both tokens have a classifier; the mean of their scores counts.
  net.head = [](const at::Tensor& x) { return (x.select(1, 0) + x.select(1, 1)) / 2; };
  net.logits = [head, taught](const at::Tensor& x) {
    return (head(x.select(1, 0)) + taught(x.select(1, 1))) / 2;
  };
  return net;
}

}  // namespace orrery::models::timm
