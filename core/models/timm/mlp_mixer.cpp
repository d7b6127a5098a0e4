#include "core/base/error.h"
#include "core/models/timm/net.h"
#include "core/models/timm/transformer.h"

namespace orrery::models::timm {
namespace {

struct MixerConfig {
  explicit MixerConfig(const JsonField& a)
      : dim(a.get<std::int64_t>("embed_dim", 512)),
        block(a, "block_layer", "MixerBlock"),
        mlpLayer(a, "mlp_layer", "Mlp"),
        norm{.kind = Kind(a, "norm_layer", "LayerNorm")},
        act(activation(Kind(a, "act_layer", "GELU"))) {
    const auto ratio = a.find("mlp_ratio");
    if (!ratio) return;
    if (!ratio->json().is_array()) {
      ratios = {ratio->as<double>(), ratio->as<double>()};
      return;
    }
    const auto both = ratio->as<std::vector<double>>();
    if (both.size() != 2) throw ratio->error("expected one number or two");
    ratios = {both[0], both[1]};
  }
  std::int64_t width(std::size_t which) const {
    return static_cast<std::int64_t>(static_cast<double>(dim) * ratios[which]);
  }
  MlpSpec channelMlp() const {
    return {.in = dim, .hidden = width(1), .kind = mlpLayer, .act = act};
  }

  std::int64_t dim, tokens = 0;
  Kind block, mlpLayer;
  Norm norm;
  Act act;
  std::array<double, 2> ratios{0.5, 4.0};  ///< of tokens, of channels
};

/// `layer` along the tokens.
Layer acrossTokens(Layer layer) {
  return [layer = std::move(layer)](const at::Tensor& x) {
    return layer(x.transpose(1, 2)).transpose(1, 2);
  };
}

Layer mixerBlock(const Scope& scope, const MixerConfig& c) {
  MlpSpec tokens = c.channelMlp();
  tokens.in = c.tokens;
  tokens.hidden = c.width(0);
  return chain(
      residual(c.norm(scope / "norm1", c.dim), acrossTokens(mlp(scope / "mlp_tokens", tokens))),
      residual(c.norm(scope / "norm2", c.dim), mlp(scope / "mlp_channels", c.channelMlp())));
}

/// beta + alpha x.
Layer affine(const Scope& scope, const MixerConfig& c) {
  if (c.norm.kind.name() != "affine") return c.norm(scope, c.dim);
  const at::Tensor alpha = scope.tensor("alpha", {1, 1, c.dim});
  const at::Tensor beta = scope.tensor("beta", {1, 1, c.dim});
  return [=](const at::Tensor& x) { return at::addcmul(beta, alpha, x); };
}

/// ResMLP's block: one matrix along the tokens.
Layer residualBlock(const Scope& scope, const MixerConfig& c) {
  return chain(residual(affine(scope / "norm1", c),
                        acrossTokens(linear(scope / "linear_tokens", c.tokens, c.tokens)),
                        scope.tensor("ls1", {c.dim})),
               residual(affine(scope / "norm2", c), mlp(scope / "mlp_channels", c.channelMlp()),
                        scope.tensor("ls2", {c.dim})));
}

/// gMLP's block: one half of the channels, mixed along the tokens, gates the other.
Layer gatingBlock(const Scope& scope, const MixerConfig& c) {
  if (c.mlpLayer.name() != "gatedmlp") throw c.mlpLayer.unknown("mlp_layer");
  const Scope inner = scope / "mlp_channels";
  const std::int64_t hidden = c.width(1);
  const Layer up = linear(inner / "fc1", c.dim, hidden);
  const Layer norm = normLast(inner / "gate" / "norm", hidden / 2, Kind("layernorm"), 1e-5);
  const Layer mix = acrossTokens(linear(inner / "gate" / "proj", c.tokens, c.tokens));
  const Layer down = linear(inner / "fc2", hidden / 2, c.dim);
  return residual(c.norm(scope / "norm", c.dim), [=, act = c.act](const at::Tensor& x) {
    const auto halves = act(up(x)).chunk(2, -1);
    return down(halves[0] * mix(norm(halves[1])));
  });
}

Layer block(const Scope& scope, const MixerConfig& c) {
  const std::string& name = c.block.name();
  if (name == "mixerblock") return mixerBlock(scope, c);
  if (name == "spatialgatingblock") return gatingBlock(scope, c);
  if (name != "resblock") throw c.block.unknown("block_layer");
  c.block.number("init_values", 0);  // what training begins with
  return residualBlock(scope, c);
}

}  // namespace

Net buildMlpMixer(const JsonField& a, const Scope& scope) {
  MixerConfig c(a);
  const PatchEmbed patches(scope / "stem", a, 16, c.dim, /*bias=*/true);
  c.tokens = patches.patches();
  const Layer stemNorm =
      a.get("stem_norm", false) ? affine(scope / "stem" / "norm", c) : Layer(identity);
  Net net;
  net.stages.push_back({"stem", [=](const at::Tensor& x) {
                          return stemNorm(patches(x).flatten(2).transpose(1, 2));
                        }});
  const auto count = a.get<std::int64_t>("num_blocks", 8);
  for (std::int64_t i = 0; i < count; ++i)
    net.stages.push_back({fmt::format("blocks.{}", i), block(scope / "blocks" / i, c)});
  net.stages.push_back({"norm", affine(scope / "norm", c)});
  const bool average = a.get<std::string>("global_pool", "avg") == "avg";
  net.setHead([average](const at::Tensor& x) { return average ? x.mean(1) : x; },
              classifier(scope / "head", c.dim, a.get<std::int64_t>("num_classes", 1000)));
  return net;
}

}  // namespace orrery::models::timm
