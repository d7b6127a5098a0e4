#include "core/models/timm/transformer.h"

#include <cmath>

#include "core/base/error.h"
#include "core/nn/attention.h"

namespace orrery::models::timm {
namespace {

at::Tensor attendPlain(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  return nn::attend(q, k, v, {}, {.scale = 1 / std::sqrt(static_cast<double>(q.size(3)))});
}

/// act(x1) * x2 of the halves of one product, or x1 * act(x2).
Layer gluMlp(const Scope& scope, const MlpSpec& spec) {
  const Act act = spec.kind.has("act_layer") ? activation(spec.kind.kind("act_layer"))
                  : spec.act                 ? spec.act
                                             : activation("sigmoid");
  const bool last = spec.kind.flag("gate_last", true);
  const Layer up = linear(scope / "fc1", spec.in, spec.hidden, spec.bias);
  const Layer norm = spec.norm ? (*spec.norm)(scope / "norm", spec.hidden / 2) : Layer(identity);
  const Layer down = linear(scope / "fc2", spec.hidden / 2, spec.in, spec.bias);
  return [=](const at::Tensor& x) {
    const auto halves = up(x).chunk(2, -1);
    const at::Tensor gate = act(halves[last ? 1 : 0].contiguous());
    return down(norm(gate * halves[last ? 0 : 1]));
  };
}

Layer swiGlu(const Scope& scope, const MlpSpec& spec) {
  const Act act = spec.act ? spec.act : activation("silu");
  const Layer gate = linear(scope / "fc1_g", spec.in, spec.hidden, spec.bias);
  const Layer up = linear(scope / "fc1_x", spec.in, spec.hidden, spec.bias);
  const Layer norm = spec.norm ? (*spec.norm)(scope / "norm", spec.hidden) : Layer(identity);
  const Layer down = linear(scope / "fc2", spec.hidden, spec.in, spec.bias);
  return [=](const at::Tensor& x) { return down(norm(act(gate(x)) * up(x))); };
}

}  // namespace

Layer mlp(const Scope& scope, const MlpSpec& spec) {
  const std::string& name = spec.kind.name();
  if (name == "glumlp") return gluMlp(scope, spec);
  if (name == "swiglu") return swiGlu(scope, spec);
  if (name != "mlp") throw spec.kind.unknown("mlp_layer");
  const Act act = spec.act ? spec.act : activation("gelu");
  const Layer up = linear(scope / "fc1", spec.in, spec.hidden, spec.bias);
  const Layer norm = spec.norm ? (*spec.norm)(scope / "norm", spec.hidden) : Layer(identity);
  const Layer down = linear(scope / "fc2", spec.hidden, spec.in, spec.bias);
  return [=](const at::Tensor& x) { return down(norm(act(up(x)))); };
}

Layer residual(Layer norm, Layer body, at::Tensor gamma) {
  return [norm = std::move(norm), body = std::move(body), gamma](const at::Tensor& x) {
    const at::Tensor y = body(norm(x));
    return gamma.defined() ? at::addcmul(x, y, gamma) : x + y;
  };
}

at::Tensor layerScale(const Scope& scope, std::int64_t dim, bool present) {
  return present ? scope.tensor("gamma", {dim}) : at::Tensor();
}

std::vector<at::Tensor> splitHeads(const at::Tensor& x, std::int64_t parts, std::int64_t heads) {
  const std::int64_t dim = x.size(2) / parts / heads;
  return x.reshape({x.size(0), x.size(1), parts, heads, dim}).permute({2, 0, 3, 1, 4}).unbind(0);
}

Layer selfAttention(const Scope& scope, const AttentionSpec& spec) {
  const std::int64_t dim = spec.dim, heads = spec.heads;
  const Layer qkv = linear(scope / "qkv", dim, 3 * dim, spec.qkvBias);
  const Layer proj = linear(scope / "proj", dim, dim, spec.projBias);
  const auto headNorm = [&](const char* name) {
    return spec.qkNorm ? spec.norm(scope / name, dim / heads) : Layer(identity);
  };
  const Layer qNorm = headNorm("q_norm"), kNorm = headNorm("k_norm");
  const Layer norm = spec.scaleNorm ? spec.norm(scope / "norm", dim) : Layer(identity);
  return [=](const at::Tensor& x) {
    const auto parts = splitHeads(qkv(x), 3, heads);
    return proj(norm(attendPlain(qNorm(parts[0]), kNorm(parts[1]), parts[2])));
  };
}

Lambda::Lambda(const Scope& scope, std::int64_t headDim, std::int64_t depth)
    : initial(0.8 - 0.6 * std::exp(-0.3 * static_cast<double>(depth))) {
  const auto product = [&](const char* q, const char* k) {
    const at::Tensor sum = (scope.tensor(q, {headDim}) * scope.tensor(k, {headDim})).sum();
    return std::exp(sum.item<double>());
  };
  full = product("lambda_q1", "lambda_k1") - product("lambda_q2", "lambda_k2") + initial;
}

at::Tensor attendTwice(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                       const Layer& norm, const Lambda& lambda) {
  // Heads lie in pairs: one of each map.
  const auto map = [&](std::int64_t half) {
    const auto every = [&](const at::Tensor& x) { return x.slice(1, half, std::nullopt, 2); };
    return attendPlain(every(q), every(k), v);
  };
  const at::Tensor joined = map(0) - map(1) * lambda.full;
  const at::Tensor heads = joined.reshape({joined.size(0), joined.size(1), v.size(1), v.size(3)});
  return (norm(heads) * (1 - lambda.initial)).flatten(2);
}

Layer differentialAttention(const Scope& scope, const AttentionSpec& spec, std::int64_t depth) {
  const std::int64_t dim = spec.dim, heads = spec.heads, headDim = dim / heads / 2;
  const Layer qkv = linear(scope / "qkv", dim, 3 * dim, spec.qkvBias);
  const Layer proj = linear(scope / "proj", dim, dim, spec.projBias);
  const auto headNorm = [&](const char* name) {
    return spec.qkNorm ? spec.norm(scope / name, headDim) : Layer(identity);
  };
  const Layer qNorm = headNorm("q_norm"), kNorm = headNorm("k_norm");
  const Layer norm = spec.scaleNorm ? spec.norm(scope / "norm", dim) : Layer(identity);
  const Layer subNorm = normLast(scope / "sub_norm", 2 * headDim, Kind("rmsnorm"), 1e-5);
  const Lambda lambda(scope, headDim, depth);
  return [=](const at::Tensor& x) {
    const auto parts = qkv(x).chunk(3, -1);
    const at::Tensor q = splitHeads(parts[0].contiguous(), 1, 2 * heads)[0];
    const at::Tensor k = splitHeads(parts[1].contiguous(), 1, 2 * heads)[0];
    const at::Tensor v = splitHeads(parts[2].contiguous(), 1, heads)[0];
    return proj(norm(attendTwice(qNorm(q), kNorm(k), v, subNorm, lambda)));
  };
}

at::Tensor relativeIndex(const std::array<std::int64_t, 2>& size) {
  const std::int64_t rows = size[0], columns = size[1];
  const at::Tensor y = at::arange(rows, at::kLong).view({-1, 1}).expand({rows, columns}).flatten();
  const at::Tensor x = at::arange(columns, at::kLong).expand({rows, columns}).flatten();
  const auto apart = [](const at::Tensor& at, std::int64_t most) {
    return at.unsqueeze(1) - at.unsqueeze(0) + (most - 1);
  };
  return apart(y, rows) * (2 * columns - 1) + apart(x, columns);
}

at::Tensor positionBias(const at::Tensor& table, const at::Tensor& index) {
  return table.index({index}).permute({2, 0, 1}).contiguous().unsqueeze(0);
}

PatchEmbed::PatchEmbed(const Scope& scope, const JsonField& arguments, std::int64_t patch,
                       std::int64_t dim, bool bias, Sides sides)
    : image_(pairOf(arguments, "img_size", 224)),
      patch_(pairOf(arguments, "patch_size", patch)),
      sides_(sides),
      projection_((scope / "proj").weights, arguments.get<std::int64_t>("in_chans", 3), dim,
                  {.kernel = patch_, .stride = patch_, .bias = bias}) {
  for (const auto size : patch_)
    if (size < 1) throw arguments["patch_size"].error("expected a size of 1 or more");
}

at::Tensor PatchEmbed::operator()(const at::Tensor& x) const {
  const Size found{x.size(2), x.size(3)};
  const bool fixed = sides_ == Sides::kFixed;
  const bool fits =
      fixed ? found == image_ : found[0] % patch_[0] == 0 && found[1] % patch_[1] == 0;
  const Size wanted = fixed ? image_ : patch_;
  if (!fits)
    throw Error(ErrorKind::kInvalidInput, "expected a picture of {}{}×{}, found {}×{}",
                fixed ? "" : "multiples of ", wanted[0], wanted[1], found[0], found[1])
        .in("input \"pixel_values\"");
  return projection_(x);
}

}  // namespace orrery::models::timm
