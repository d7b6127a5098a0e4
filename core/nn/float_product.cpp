#include "core/nn/float_product.h"

#include <ATen/core/dispatch/Dispatcher.h>

namespace orrery::nn {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
// LibTorch declares it in no header; its own compiler calls it by name as well.
using Product = at::Tensor(const at::Tensor& rows, const at::Tensor& weight,
                           const std::optional<at::Tensor>& bias, std::string_view activation,
                           Scalars scalars, std::optional<std::string_view> algorithm);

std::optional<c10::TypedOperatorHandle<Product>> oneDnnProduct() {
  if (!at::hasMKLDNN()) return std::nullopt;
  const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
  return found ? std::optional(found->typed<Product>()) : std::nullopt;
}

}  // namespace

at::Tensor floatProduct(const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& bias) {
  static const auto product = oneDnnProduct();
  if (!product || !at::globalContext().userEnabledMkldnn() || rows.numel() == 0)
    return at::linear(rows, weight, bias);
  const auto maybeBias = bias.defined() ? std::optional(bias) : std::nullopt;
  return product->call(rows.contiguous(), weight, maybeBias, "none", Scalars(), "");
}

}  // namespace orrery::nn
