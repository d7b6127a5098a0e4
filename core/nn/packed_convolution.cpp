#include "core/nn/packed_convolution.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <map>

namespace orrery::nn {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using MaybeTensor = std::optional<at::Tensor>;
using MaybeText = std::optional<std::string_view>;

// LibTorch declares these in no header; its own compiler calls them by name as well.
using Convolve = at::Tensor(const at::Tensor& x, const at::Tensor& weight, const MaybeTensor& bias,
                            at::IntArrayRef padding, at::IntArrayRef stride,
                            at::IntArrayRef dilation, std::int64_t groups, std::string_view unary,
                            Scalars scalars, MaybeText algorithm);
using ConvolveAdd = at::Tensor(const at::Tensor& x, const at::Tensor& other,
                               const at::Tensor& weight, const MaybeTensor& bias,
                               at::IntArrayRef padding, at::IntArrayRef stride,
                               at::IntArrayRef dilation, std::int64_t groups,
                               std::string_view binary, std::optional<at::Scalar> alpha,
                               MaybeText unary, Scalars scalars, MaybeText algorithm);
using Reorder = at::Tensor(const at::Tensor& weight, at::IntArrayRef padding,
                           at::IntArrayRef stride, at::IntArrayRef dilation, std::int64_t groups,
                           at::OptionalIntArrayRef inputSize);

template <class Signature>
auto operation(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

Scalars scalarsOf(const FusedActivation& activation) {
  Scalars result;
  for (const double value : activation.scalars) result.push_back(at::Scalar(value));
  return result;
}

at::Tensor channelsInnermost(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

std::optional<FusedActivation> fusedActivation(std::string_view name) {
  static const std::map<std::string_view, FusedActivation> table{
      {"gelu", {"gelu", {}, "none"}},
      {"gelu_new", {"gelu", {}, "tanh"}},
      {"gelu_pytorch_tanh", {"gelu", {}, "tanh"}},
      {"linear", {}},
      {"relu", {"relu"}},
      {"relu6", {"hardtanh", {0, 6}}},
      {"sigmoid", {"sigmoid"}},
      {"silu", {"swish"}},
      {"swish", {"swish"}},
      {"tanh", {"tanh"}},
  };
  const auto found = table.find(name);
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

bool PackedConvolution::available() {
  static const bool found = at::hasMKLDNN() && c10::Dispatcher::singleton().findSchema(
                                                   {"mkldnn::_convolution_pointwise", ""});
  return found && at::globalContext().userEnabledMkldnn();
}

at::Tensor PackedConvolution::weightFor(const at::Tensor& x, const ConvolutionGeometry& g) const {
  static const auto reorder = operation<Reorder>("mkldnn::_reorder_convolution_weight");
  // oneDNN's layout follows the picture's size; a weight in another one costs more than the
  // convolution.
  auto key = x.sizes().vec();
  key.insert(key.end(), g.padding.begin(), g.padding.end());
  const std::lock_guard lock(mutex_);
  if (packedFor_ != key) {
    packed_ = reorder.call(weight_, g.padding, g.stride, g.dilation, g.groups, x.sizes());
    packedFor_ = std::move(key);
  }
  return packed_;
}

at::Tensor PackedConvolution::operator()(const at::Tensor& x, const at::Tensor& residual,
                                         const ConvolutionGeometry& g,
                                         const FusedActivation& activation) const {
  static const auto convolve = operation<Convolve>("mkldnn::_convolution_pointwise");
  static const auto add = operation<ConvolveAdd>("mkldnn::_convolution_pointwise", "binary");
  const at::Tensor input = channelsInnermost(x), weight = weightFor(input, g);
  const MaybeTensor bias = bias_.defined() ? MaybeTensor(bias_) : std::nullopt;
  if (!residual.defined())
    return convolve.call(input, weight, bias, g.padding, g.stride, g.dilation, g.groups,
                         activation.name, scalarsOf(activation), activation.algorithm);
  const bool plain = std::string_view(activation.name) == "none";
  return add.call(input, channelsInnermost(residual), weight, bias, g.padding, g.stride, g.dilation,
                  g.groups, "add", std::nullopt, plain ? MaybeText() : MaybeText(activation.name),
                  scalarsOf(activation), activation.algorithm);
}

}  // namespace orrery::nn
