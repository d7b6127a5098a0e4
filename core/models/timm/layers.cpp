#include "core/models/timm/layers.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "core/base/error.h"

namespace orrery::models::timm {
namespace {

std::string normalised(std::string_view name) {
  std::string result;
  for (const char c : name)
    if (c != '_' && c != '-')
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

/// Zeros around x so that a window of `spec` gives ceil(size / stride) results, more of them after
/// than before, as TensorFlow pads.
at::Tensor padSame(const at::Tensor& x, const ConvSpec& spec) {
  const auto needed = [&](std::int64_t size) {
    const std::int64_t steps = (size + spec.stride - 1) / spec.stride;
    const std::int64_t reach =
        (steps - 1) * spec.stride + (spec.kernel - 1) * spec.dilation + 1 - size;
    return std::max<std::int64_t>(0, reach);
  };
  const std::int64_t rows = needed(x.size(2)), columns = needed(x.size(3));
  if (rows == 0 && columns == 0) return x;
  return at::constant_pad_nd(x, {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2});
}

/// Whether TensorFlow's padding depends on the size of the input.
bool isDynamic(const ConvSpec& spec) {
  const bool fixed = spec.stride == 1 && (spec.dilation * (spec.kernel - 1)) % 2 == 0;
  return spec.padding == "same" && !fixed;
}

std::int64_t paddingOf(const ConvSpec& spec) {
  if (isDynamic(spec) || spec.padding == "valid") return 0;
  return ((spec.stride - 1) + spec.dilation * (spec.kernel - 1)) / 2;
}

/// An Error where arguments give a convolution that there is none of.
void check(const Scope& scope, std::int64_t in, const ConvSpec& spec) {
  const bool sizes = spec.kernel >= 1 && spec.stride >= 1 && spec.dilation >= 1;
  if (!sizes || spec.groups < 1 || in % spec.groups != 0)
    throw Error(ErrorKind::kInvalidInput,
                "no convolution has a kernel of {}, a stride of {} and {} groups of {} channels",
                spec.kernel, spec.stride, spec.groups, in)
        .in(scope.weights.path());
}

nn::Conv2d plainConv(const Scope& scope, std::int64_t in, std::int64_t out, const ConvSpec& spec) {
  check(scope, in, spec);
  const nn::Shape shape = scope.shape("weight", {out, in / spec.groups, spec.kernel, spec.kernel});
  const bool depthwise = spec.groups > 1 && shape[0] != out;  // pruned: one group a channel
  const std::int64_t groups = depthwise ? shape[0] : spec.groups, padding = paddingOf(spec);
  return nn::Conv2d(scope.weights, shape[1] * groups, shape[0],
                    {.kernel = {spec.kernel, spec.kernel},
                     .stride = {spec.stride, spec.stride},
                     .padding = {padding, padding},
                     .dilation = {spec.dilation, spec.dilation},
                     .groups = groups,
                     .bias = spec.bias,
                     .tensorflowPadding = isDynamic(spec)});
}

/// The name by which a convolution takes `act` into its own step; null where it cannot.
const char* fusedName(Act act) {
  if (!act) return "linear";
  for (const char* name : {"relu", "relu6", "silu"})
    if (act == activation(name)) return name;
  return nullptr;
}

nn::BatchNorm2d batchNorm(const Scope& scope, std::int64_t channels, const Kind& kind) {
  return nn::BatchNorm2d(scope.weights, scope.shape("weight", {channels})[0],
                         kind.number("eps", 1e-5));
}

bool isBatchNorm(const Kind& kind) {
  return kind.name().starts_with("batchnorm");
}

Layer groupNorm(const Scope& scope, std::int64_t channels, const Kind& kind) {
  std::int64_t groups = kind.name().starts_with("groupnorm1") ? 1 : kind.integer("num_groups", 32);
  if (const auto size = kind.integer("group_size", 0); size > 0) groups = channels / size;
  return nn::GroupNorm(scope.weights, groups, channels, kind.number("eps", 1e-5));
}

/// EvoNorm-S0: x * sigmoid(x v) / std of the group, which has the activation in it.
Layer evoNorm(const Scope& scope, std::int64_t channels, const Kind& kind, bool withAct) {
  const nn::Shape shape{channels};
  const auto take = [&](const char* name) {
    return scope.tensor(name, shape).view({1, channels, 1, 1});
  };
  const at::Tensor weight = take("weight"), bias = take("bias");
  if (!withAct) return [=](const at::Tensor& x) { return x * weight + bias; };
  const std::int64_t size = kind.integer("group_size", 0);
  const std::int64_t groups = size > 0 ? channels / size : kind.integer("groups", 32);
  const double eps = kind.number("eps", 1e-5);
  return [=, v = take("v")](const at::Tensor& x) {
    const at::Tensor grouped = x.reshape({x.size(0), groups, -1});
    const at::Tensor std =
        grouped.var(at::IntArrayRef{2}, /*unbiased=*/false, true).add(eps).sqrt();
    const at::Tensor divided = (x * (x * v).sigmoid()).reshape(grouped.sizes()) / std;
    return divided.view(x.sizes()) * weight + bias;
  };
}

}  // namespace

at::Tensor identity(const at::Tensor& x) {
  return x;
}

Layer chain(Layer first, Layer second) {
  return [first = std::move(first), second = std::move(second)](const at::Tensor& x) {
    return second(first(x));
  };
}

nn::Shape Scope::shape(std::string_view name, const nn::Shape& shape) const {
  if (!pruned) return shape;
  const auto found = pruned->find(weights.path() + std::string(name));
  return found == pruned->end() ? shape : found->get<nn::Shape>();
}

at::Tensor Scope::tensor(std::string_view name, const nn::Shape& asked) const {
  return weights.tensor(name, shape(name, asked));
}

Kind::Kind(const JsonField& arguments, std::string_view key, const char* otherwise)
    : name_(normalised(otherwise)) {
  if (const auto value = arguments.find(key)) *this = Kind(*value);
}

Kind::Kind(const char* name) : name_(normalised(name)) {}

Kind::Kind(const JsonField& value) : field_(value) {
  name_ = normalised(value.json().is_object() ? value.require<std::string>("$")
                                              : value.as<std::string>());
  if (!value.json().is_object()) field_.reset();
}

double Kind::number(const char* key, double otherwise) const {
  return field_ ? field_->get(key, otherwise) : otherwise;
}

std::int64_t Kind::integer(const char* key, std::int64_t otherwise) const {
  return field_ ? field_->get(key, otherwise) : otherwise;
}

bool Kind::flag(const char* key, bool otherwise) const {
  return field_ ? field_->get(key, otherwise) : otherwise;
}

Kind Kind::kind(const char* key, const char* otherwise) const {
  return field_ ? Kind(*field_, key, otherwise) : Kind(otherwise);
}

Error Kind::unknown(std::string_view what) const {
  const std::string message = fmt::format("{} {} is not supported", what, quoted(name_));
  return field_ ? field_->error(message) : Error(ErrorKind::kUnsupported, "{}", message);
}

Act activation(const Kind& kind) {
  static const std::map<std::string_view, Act> table{
      {"relu", [](at::Tensor x) { return at::relu_(x); }},
      {"relu6", [](at::Tensor x) { return at::clamp_(x, 0, 6); }},
      {"silu", [](at::Tensor x) { return at::silu_(x); }},
      {"swish", [](at::Tensor x) { return at::silu_(x); }},
      {"gelu", [](at::Tensor x) { return at::gelu_(x); }},
      {"gelutanh", [](at::Tensor x) { return at::gelu_(x, "tanh"); }},
      {"quickgelu", [](at::Tensor x) { return x * at::sigmoid(x * 1.702); }},
      {"hardswish", [](at::Tensor x) { return at::hardswish_(x); }},
      {"hardsigmoid", [](at::Tensor x) { return at::hardsigmoid_(x); }},
      {"sigmoid", [](at::Tensor x) { return at::sigmoid_(x); }},
      {"tanh", [](at::Tensor x) { return at::tanh_(x); }},
      {"mish", [](at::Tensor x) { return at::mish_(x); }},
      {"leakyrelu", [](at::Tensor x) { return at::leaky_relu_(x); }},
      {"elu", [](at::Tensor x) { return at::elu_(x); }},
      {"selu", [](at::Tensor x) { return at::selu_(x); }},
  };
  const auto found = table.find(kind.name());
  if (found == table.end()) throw kind.unknown("activation");
  return found->second;
}

Act activation(const char* name) {
  return activation(Kind(name));
}

Layer conv(const Scope& scope, std::int64_t in, std::int64_t out, const ConvSpec& spec) {
  return plainConv(scope, in, out, spec);
}

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const ConvSpec& spec) {
  const auto pair = [](std::int64_t size) { return std::vector<std::int64_t>{size, size}; };
  return at::conv2d(isDynamic(spec) ? padSame(x, spec) : x, weight, at::Tensor(), pair(spec.stride),
                    pair(paddingOf(spec)), pair(spec.dilation), spec.groups);
}

Layer linear(const Scope& scope, std::int64_t in, std::int64_t out, bool bias) {
  // A pruned model has fewer inputs; how many outputs it has, a classifier decides itself.
  return nn::Linear(scope.weights, scope.shape("weight", {out, in})[1], out,
                    bias ? nn::Linear::Bias::kRequired : nn::Linear::Bias::kNone);
}

Layer norm2d(const Scope& scope, std::int64_t channels, const Kind& kind) {
  if (isBatchNorm(kind)) return batchNorm(scope, channels, kind);
  if (kind.name().starts_with("groupnorm")) return groupNorm(scope, channels, kind);
  const double eps = kind.name().find("act") == std::string::npos ? 1e-6 : 1e-5;
  return [norm = normLast(scope, channels, kind, eps)](const at::Tensor& x) {
    return norm(x.permute({0, 2, 3, 1})).permute({0, 3, 1, 2});
  };
}

Layer normLast(const Scope& scope, std::int64_t channels, const Kind& kind, double eps) {
  const double own = kind.number("eps", eps);
  const std::string& name = kind.name();
  const at::Tensor weight = scope.tensor("weight", {channels});
  if (name.starts_with("layernorm")) {
    const at::Tensor bias = scope.tensor("bias", {channels});
    return [=](const at::Tensor& x) { return at::layer_norm(x, {channels}, weight, bias, own); };
  }
  if (name.starts_with("rmsnorm"))
    return [=](const at::Tensor& x) { return at::rms_norm(x, {channels}, weight, own); };
  if (name.starts_with("simplenorm"))
    return [=](const at::Tensor& x) {
      const at::Tensor variance = x.var(at::IntArrayRef{-1}, /*unbiased=*/true, /*keepdim=*/true);
      return x * at::rsqrt(variance + own) * weight;
    };
  throw kind.unknown("norm");
}

Layer normAct(const Scope& scope, std::int64_t channels, const Kind& kind, Act act) {
  if (kind.name() == "evonorm2ds0" || kind.name() == "evonorms0")
    return evoNorm(scope, channels, kind, act != nullptr);
  const Layer norm = norm2d(scope, channels, kind);
  if (!act) return norm;
  return [norm, act](const at::Tensor& x) { return act(norm(x)); };
}

Layer convNormAct(const Scope& convScope, const Scope& normScope, std::int64_t in, std::int64_t out,
                  const ConvSpec& spec, const Kind& norm, Act act) {
  if (!isBatchNorm(norm))
    return chain(conv(convScope, in, out, spec), normAct(normScope, out, norm, act));
  const char* fused = fusedName(act);
  const nn::ConvBatchNorm2d folded(plainConv(convScope, in, out, spec),
                                   batchNorm(normScope, out, norm), fused ? fused : "linear");
  if (fused) return folded;
  return [folded, act](const at::Tensor& x) { return act(folded(x)); };
}

Layer antialias(const Kind& kind, std::int64_t stride) {
  const std::string& name = kind.name();
  if (name.starts_with("avg"))
    return [stride](const at::Tensor& x) {
      return at::avg_pool2d(x, {stride, stride}, {stride, stride});
    };
  const bool reflect = name == "blur" || name == "blurpool" || name == "blurpool2d";
  if (!reflect && name != "blurpc") throw kind.unknown("anti-aliasing");
  const std::int64_t padding = (stride + 1) / 2;
  return [=](const at::Tensor& x) {
    const at::Tensor line = at::tensor({0.25F, 0.5F, 0.25F});
    const at::Tensor filter = at::outer(line, line).expand({x.size(1), 1, 3, 3});
    const std::vector<std::int64_t> around(4, padding);
    const at::Tensor wide =
        reflect ? at::reflection_pad2d(x, around) : at::constant_pad_nd(x, around);
    const std::vector<std::int64_t> steps{stride, stride}, none{0, 0}, one{1, 1};
    return at::conv2d(wide, filter, at::Tensor(), steps, none, one, x.size(1));
  };
}

Layer averageHalf(std::int64_t stride, std::int64_t dilation) {
  if (stride == 1 && dilation == 1) return identity;
  if (dilation == 1)
    return [stride](const at::Tensor& x) {
      return at::avg_pool2d(x, {2, 2}, {stride, stride}, 0, /*ceil_mode=*/true,
                            /*count_include_pad=*/false);
    };
  return [](const at::Tensor& x) {
    return at::avg_pool2d(at::constant_pad_nd(x, {0, 1, 0, 1}), {2, 2}, {1, 1});
  };
}

Layer globalPool(const std::string& type) {
  if (type.empty()) return identity;
  const auto average = [](const at::Tensor& x) { return x.mean({-2, -1}); };
  const auto most = [](const at::Tensor& x) { return x.amax({-2, -1}); };
  if (type == "avg" || type == "fast" || type == "fastavg") return average;
  if (type == "max" || type == "fastmax") return most;
  if (type == "avgmax" || type == "fastavgmax")
    return [=](const at::Tensor& x) { return 0.5 * (average(x) + most(x)); };
  if (type == "catavgmax" || type == "fastcatavgmax")
    return [=](const at::Tensor& x) { return at::cat({average(x), most(x)}, 1); };
  throw Error(ErrorKind::kUnsupported,
              "global_pool {}: expected avg, max, avgmax, catavgmax or \"\"", quoted(type));
}

std::int64_t poolWidth(const std::string& type) {
  return type.ends_with("catavgmax") ? 2 : 1;
}

Layer classifier(const Scope& scope, std::int64_t in, std::int64_t classes) {
  return classes > 0 ? linear(scope, in, classes) : Layer(identity);
}

std::int64_t makeDivisible(double value, std::int64_t divisor, double limit) {
  if (divisor < 1 || !(std::abs(value) < 1e9))
    throw Error(ErrorKind::kInvalidInput, "{} channels cannot be a multiple of {}", value, divisor);
  const auto rounded =
      static_cast<std::int64_t>(value + static_cast<double>(divisor) / 2) / divisor * divisor;
  const std::int64_t result = std::max(divisor, rounded);
  return static_cast<double>(result) < limit * value ? result + divisor : result;
}

std::array<std::int64_t, 2> pairOf(const JsonField& arguments, std::string_view key,
                                   std::int64_t otherwise) {
  const auto value = arguments.find(key);
  if (!value) return {otherwise, otherwise};
  if (!value->json().is_array()) {
    const auto one = value->as<std::int64_t>();
    return {one, one};
  }
  const auto both = value->as<std::vector<std::int64_t>>();
  if (both.size() != 2) throw value->error("expected one number or two");
  return {both[0], both[1]};
}

}  // namespace orrery::models::timm
