#include "core/nn/linear.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/thread_pool.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/matmul.h"
#include "core/kernels/matvec.h"
#include "core/nn/float_product.h"
#include "core/nn/training_pass.h"

namespace orrery::nn {
namespace {

using checkpoint::DType;
using checkpoint::TensorView;

/// Rows up to which the kernels, which read the weight once, beat a matrix product.
constexpr std::int64_t kFewRows = 8;

/// The weight as `precision` wants it: unchanged where it is that already.
TensorView converted(const TensorView& weight, Precision precision) {
  const DType dtype = kernels::dtypeInMemory(weight.dtype, precision);
  if (dtype == weight.dtype) return weight;
  const at::ScalarType type = dtype == DType::kBF16  ? at::kBFloat16
                              : dtype == DType::kF16 ? at::kHalf
                                                     : at::kFloat;
  return viewOf(toFloat32(weight).to(type), dtype);
}

/// Hardly a processor has products of halves, and LibTorch's are slow without: float32 holds them
/// exactly.
at::ScalarType typeOfRows(at::ScalarType weight) {
  return weight == at::kHalf ? at::kFloat : weight;
}

}  // namespace

Linear::Linear(const Weights& weights, std::int64_t in, std::int64_t out, Bias bias,
               Layout layout) {
  if (bias == Bias::kRequired || (bias == Bias::kIfPresent && weights.has("bias")))
    bias_ = weights.tensor("bias", {out});
  if (weights.trains() && layout == Layout::kOutIn) {
    *this = Linear(weights.tensor("weight", {out, in}), bias_);
  } else if (layout == Layout::kInOut) {
    const at::Tensor transposed = weights.tensor("weight", {in, out}).t().contiguous();
    const TensorView original = weights.view("weight", {in, out});
    // Turned round once while loading; a 16-bit file stays 16 bits wide in memory.
    const bool half = original.dtype == DType::kBF16 || original.dtype == DType::kF16;
    const auto type = original.dtype == DType::kBF16 ? at::kBFloat16 : at::kHalf;
    store(half ? viewOf(transposed.to(type), original.dtype) : viewOf(transposed, DType::kF32),
          weights.precision());
  } else {
    store(weights.view("weight", {out, in}), weights.precision());
  }
}

Linear::Linear(TensorView weight, at::Tensor bias, Precision precision) : bias_(std::move(bias)) {
  store(weight, precision);
}

Linear::Linear(const at::Tensor& weight, at::Tensor bias)
    : in_(weight.size(1)),
      out_(weight.size(0)),
      weight_(viewOf(weight, DType::kF32)),
      dense_(weight),
      bias_(std::move(bias)),
      exact_(true) {}

void Linear::store(const TensorView& weight, Precision precision) {
  out_ = weight.shape.at(0);
  in_ = weight.shape.at(1);
  exact_ = precision == Precision::kFloat32;
  weight_ = converted(weight, precision);
  if (!checkpoint::isPacked(weight_.dtype)) {
    dense_ = asTensor(weight_);
    if (dense_.data_ptr() != weight_.data.data()) weight_ = viewOf(dense_, weight_.dtype);
  }
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
  return together({this}, x).front();
}

std::vector<at::Tensor> Linear::together(std::initializer_list<const Linear*> layers,
                                         const at::Tensor& x, Output output) {
  const auto trained = [](const Linear* layer) { return needsGradient(layer->dense_); };
  if (needsGradient(x) || std::any_of(layers.begin(), layers.end(), trained))
    return traced(layers, x);
  const at::Tensor rows = x.reshape({-1, x.size(-1)}).contiguous();
  const bool few = rows.size(0) <= kFewRows;
  std::vector<at::Tensor> results;
  std::vector<kernels::MatvecJob> jobs;
  at::Tensor rounded;  // for LibTorch's products, once for all layers of one type
  for (const Linear* layer : layers) {
    auto shape = x.sizes().vec();
    shape.back() = layer->out_;
    if (!few && !kernels::canMultiplyMany(layer->weight_.dtype)) {
      ThreadPool::shared().rest();  // LibTorch's threads compute
      const at::ScalarType type = typeOfRows(layer->productType());
      if (!rounded.defined() || rounded.scalar_type() != type) rounded = rows.to(type);
      results.push_back(layer->multiplyMany(rounded, output).view(shape));
      continue;
    }
    results.push_back(at::empty(shape, at::kFloat));
    jobs.push_back({layer->matrix(),
                    layer->bias_.defined() ? layer->bias_.data_ptr<float>() : nullptr,
                    results.back().data_ptr<float>()});
  }
  if (jobs.empty()) return results;
  const at::Tensor floats = rows.to(at::kFloat);
  const kernels::MatvecInput input{floats.data_ptr<float>(), rows.size(0), rows.size(1)};
  if (few)
    kernels::matvecMany(input, jobs, {.exact = (*layers.begin())->exact_});
  else
    kernels::matmulMany(input, jobs);
  return results;
}

std::vector<at::Tensor> Linear::traced(std::initializer_list<const Linear*> layers,
                                       const at::Tensor& x) {
  std::vector<at::Tensor> results;
  for (const Linear* layer : layers) {
    const at::Tensor weight =
        layer->dense_.defined() ? layer->dense_.to(at::kFloat) : toFloat32(layer->weight_);
    results.push_back(at::linear(x.to(at::kFloat), weight, layer->bias_).to(at::kFloat));
  }
  return results;
}

kernels::Matrix Linear::matrix() const {
  return {weight_.dtype, weight_.data.data(), out_, in_};
}

at::Tensor Linear::multiplyMany(const at::Tensor& rows, Output output) const {
  if (typeOfRows(productType()) == at::kFloat)
    return floatProduct(rows.to(at::kFloat), dense_.to(at::kFloat), bias_);
  at::Tensor weight = dense_;
  if (!weight.defined()) {
    weight = at::empty({out_, in_}, at::kBFloat16);
    kernels::dequantizeRowsToBf16(matrix(), static_cast<std::uint16_t*>(weight.data_ptr()));
  }
  at::Tensor y = at::linear(rows.to(weight.scalar_type()), weight);
  if (bias_.defined()) return y.to(at::kFloat).add_(bias_);
  return output == Output::kFloat32 ? y.to(at::kFloat) : y;
}

Embedding::Embedding(const Weights& weights, std::int64_t count, std::int64_t dim)
    : name_(weights.path() + "weight"), precision_(weights.precision()) {
  if (weights.trains()) {
    dense_ = weights.tensor("weight", {count, dim});
    weight_ = viewOf(dense_, DType::kF32);
    return;
  }
  weight_ = converted(weights.view("weight", {count, dim}), precision_);
  if (!checkpoint::isPacked(weight_.dtype)) dense_ = asTensor(weight_);
}

at::Tensor Embedding::operator()(const at::Tensor& ids) const {
  const std::int64_t rows = count();
  if (ids.numel() > 0) {
    const auto lowest = ids.min().item<std::int64_t>(), highest = ids.max().item<std::int64_t>();
    if (lowest < 0 || highest >= rows)
      throw Error(ErrorKind::kInvalidInput, "has {} rows, found an index of {}", rows,
                  lowest < 0 ? lowest : highest)
          .in("tensor " + name_);
  }
  if (dense_.defined()) return at::embedding(dense_, ids).to(at::kFloat);
  const std::int64_t dim = weight_.shape[1];
  const std::size_t bytes = weight_.data.size() / static_cast<std::size_t>(rows);
  auto shape = ids.sizes().vec();
  const at::Tensor flat = ids.reshape({-1}).contiguous();
  at::Tensor result = at::empty({flat.size(0), dim}, at::kFloat);
  for (std::int64_t i = 0; i < flat.size(0); ++i) {
    const auto row = static_cast<std::size_t>(flat.data_ptr<std::int64_t>()[i]);
    unpack(weight_.dtype, weight_.data.subspan(row * bytes, bytes),
           result.data_ptr<float>() + i * dim, dim);
  }
  shape.push_back(dim);
  return result.view(shape);
}

Linear Embedding::tiedLinear(at::Tensor bias) const {
  if (dense_.requires_grad()) return Linear(dense_, std::move(bias));
  return Linear(weight_, std::move(bias), precision_);
}

}  // namespace orrery::nn
