#include "core/nn/activation.h"

#include <map>
#include <string>

#include "core/base/error.h"

namespace orrery::nn {
namespace {

at::Tensor tanhGelu(const at::Tensor& x) {
  return at::gelu(x, "tanh");
}

const std::map<std::string_view, Activation>& table() {
  static const std::map<std::string_view, Activation> functions{
      {"silu", [](const at::Tensor& x) { return at::silu(x); }},
      {"swish", [](const at::Tensor& x) { return at::silu(x); }},
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

}  // namespace orrery::nn
