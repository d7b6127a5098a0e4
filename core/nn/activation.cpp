#include "core/nn/activation.h"

#include <map>
#include <string>

#include "core/base/error.h"
#include "core/kernels/gate.h"
#include "core/nn/training_pass.h"

namespace orrery::nn {
namespace {

at::Tensor silu(const at::Tensor& x) {
  return at::silu(x);
}

at::Tensor tanhGelu(const at::Tensor& x) {
  return at::gelu(x, "tanh");
}

const std::map<std::string_view, Activation>& table() {
  static const std::map<std::string_view, Activation> functions{
      {"silu", silu},
      {"swish", silu},
      {"gelu", [](const at::Tensor& x) { return at::gelu(x); }},
      {"gelu_python", [](const at::Tensor& x) { return at::gelu(x); }},
      {"gelu_new", tanhGelu},
      {"gelu_fast", tanhGelu},
      {"gelu_pytorch_tanh", tanhGelu},
      {"gelu_python_tanh", tanhGelu},
      {"gelu_accurate", tanhGelu},
      {"quick_gelu", [](const at::Tensor& x) { return x * at::sigmoid(1.702 * x); }},
      {"gelu_10", [](const at::Tensor& x) { return at::clamp(at::gelu(x), -10, 10); }},
      {"relu", [](const at::Tensor& x) { return at::relu(x); }},
      {"relu2", [](const at::Tensor& x) { return at::relu(x).square(); }},
      {"relu6", [](const at::Tensor& x) { return at::clamp(x, 0, 6); }},
      {"leaky_relu", [](const at::Tensor& x) { return at::leaky_relu(x); }},
      {"mish", [](const at::Tensor& x) { return at::mish(x); }},
      {"sigmoid", [](const at::Tensor& x) { return at::sigmoid(x); }},
      {"tanh", [](const at::Tensor& x) { return at::tanh(x); }},
      {"linear", [](const at::Tensor& x) { return x; }},
  };
  return functions;
}

}  // namespace

Activation activation(std::string_view name) {
  const auto found = table().find(name);
  if (found != table().end()) return found->second;
  std::string known;
  for (const auto& [key, function] : table())
    known += (known.empty() ? "" : ", ") + std::string(key);
  throw Error(ErrorKind::kUnsupported, "activation {}: expected one of {}", quoted(name), known);
}

at::Tensor gated(Activation activation, const at::Tensor& gate, const at::Tensor& up) {
  const bool known = activation == silu || activation == tanhGelu;
  const std::int64_t columns = gate.size(-1);
  const at::Tensor gates = gate.reshape({-1, columns}), ups = up.reshape({-1, columns});
  const bool rows = gates.stride(1) == 1 && ups.strides() == gates.strides();
  const bool traced = needsGradient(gate) || needsGradient(up);
  if (!known || !rows || traced || gate.scalar_type() != at::kFloat) return activation(gate) * up;
  at::Tensor out = at::empty(gate.sizes(), at::kFloat);
  kernels::gate(
      activation == silu ? kernels::GateFunction::kSilu : kernels::GateFunction::kTanhGelu,
      {gates.data_ptr<float>(), ups.data_ptr<float>(), gates.size(0), columns, gates.stride(0)},
      out.data_ptr<float>());
  return out;
}

at::Tensor addBranch(const at::Tensor& x, const at::Tensor& branch, double scale) {
  if (needsGradient(x) || needsGradient(branch)) return at::add(x, branch, scale);
  const at::Tensor left = x.contiguous(), right = branch.contiguous();
  at::Tensor out = at::empty(left.sizes(), at::kFloat);
  kernels::addScaled(left.data_ptr<float>(), right.data_ptr<float>(), static_cast<float>(scale),
                     left.numel(), out.data_ptr<float>());
  return out;
}

}  // namespace orrery::nn
