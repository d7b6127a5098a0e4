#include "core/nn/weights.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/checkpoint/dequantize.h"

namespace orrery::nn {
namespace {

using checkpoint::DType;
using checkpoint::TensorView;

std::optional<at::ScalarType> scalarType(DType dtype) {
  switch (dtype) {
    case DType::kBool:
      return at::kBool;
    case DType::kU8:
      return at::kByte;
    case DType::kI8:
      return at::kChar;
    case DType::kI16:
      return at::kShort;
    case DType::kI32:
      return at::kInt;
    case DType::kI64:
      return at::kLong;
    case DType::kF16:
      return at::kHalf;
    case DType::kBF16:
      return at::kBFloat16;
    case DType::kF32:
      return at::kFloat;
    case DType::kF64:
      return at::kDouble;
    case DType::kF8E4M3:
      return at::kFloat8_e4m3fn;
    case DType::kF8E5M2:
      return at::kFloat8_e5m2;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string shapeText(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

at::Tensor asTensor(const TensorView& view) {
  const auto type = scalarType(view.dtype);
  if (!type)
    throw Error(ErrorKind::kUnsupported, "dtype {} has no tensor form",
                checkpoint::dtypeName(view.dtype));
  if (view.data.empty()) return at::empty(view.shape, *type);
  void* data = const_cast<std::byte*>(view.data.data());
  const std::size_t size = c10::elementSize(*type);
  if (reinterpret_cast<std::uintptr_t>(data) % size != 0) {
    // A file need not align its tensors; LibTorch's kernels expect it.
    at::Tensor copy = at::empty(view.shape, *type);
    std::copy(view.data.begin(), view.data.end(), static_cast<std::byte*>(copy.data_ptr()));
    return copy;
  }
  return at::from_blob(
      data, view.shape, [owner = view.owner](void*) {}, *type);
}

at::Tensor toFloat32(const TensorView& view) {
  if (scalarType(view.dtype)) return asTensor(view).to(at::kFloat);
  at::Tensor result = at::empty(view.shape, at::kFloat);
  unpack(view.dtype, view.data, result.data_ptr<float>(), result.numel());
  return result;
}

TensorView viewOf(const at::Tensor& tensor, DType dtype) {
  auto owner = std::make_shared<at::Tensor>(tensor.contiguous());
  return {dtype,
          owner->sizes().vec(),
          {static_cast<const std::byte*>(owner->data_ptr()), owner->nbytes()},
          owner};
}

void unpack(DType dtype, std::span<const std::byte> bytes, float* to, std::int64_t count) {
  checkpoint::dequantize(dtype, bytes, {to, static_cast<std::size_t>(count)});
}

Weights::Weights(std::shared_ptr<const checkpoint::WeightSource> source, Precision precision)
    : shared_(std::make_shared<Shared>()), precision_(precision) {
  shared_->sortedNames = source->names();
  std::sort(shared_->sortedNames.begin(), shared_->sortedNames.end());
  shared_->source = std::move(source);
}

Weights::Weights(std::shared_ptr<const checkpoint::WeightSource> source,
                 std::shared_ptr<Parameters> parameters)
    : Weights(std::move(source), Precision::kFloat32) {
  shared_->parameters = std::move(parameters);
}

Weights Weights::operator/(std::string_view name) const {
  Weights inner = *this;
  inner.prefix_ = full(name) + ".";
  return inner;
}

Weights Weights::operator/(std::int64_t index) const {
  return *this / std::to_string(index);
}

std::string Weights::full(std::string_view name) const {
  return prefix_ + std::string(name);
}

bool Weights::has(std::string_view name) const {
  if (trains() && shared_->parameters->initialises()) return true;
  return std::binary_search(shared_->sortedNames.begin(), shared_->sortedNames.end(), full(name));
}

bool Weights::hasAny() const {
  if (trains() && shared_->parameters->initialises()) return true;
  const auto found =
      std::lower_bound(shared_->sortedNames.begin(), shared_->sortedNames.end(), prefix_);
  return found != shared_->sortedNames.end() && found->starts_with(prefix_);
}

TensorView Weights::take(std::string_view name, const Shape& shape, Holds holds) const {
  const std::string fullName = full(name);
  auto view = shared_->source->findOfShape(fullName, shape);
  if (!view)
    throw Error(ErrorKind::kInvalidInput, "tensor {} is missing (expected shape {})", fullName,
                shapeText(shape))
        .in(shared_->source->description());
  if (view->shape != shape)
    throw Error(ErrorKind::kInvalidInput, "tensor {} has shape {}, expected {}", fullName,
                shapeText(view->shape), shapeText(shape))
        .in(shared_->source->description());
  const bool fits =
      holds == Holds::kBytes ? view->dtype == DType::kU8 : kernels::holdsWeights(view->dtype);
  if (!fits)
    throw Error(ErrorKind::kInvalidInput, "tensor {} has type {}, expected {}", fullName,
                checkpoint::dtypeName(view->dtype),
                holds == Holds::kBytes ? "U8" : "a floating-point or block type")
        .in(shared_->source->description());
  shared_->taken.insert(fullName);
  return *std::move(view);
}

TensorView Weights::view(std::string_view name, const Shape& shape) const {
  if (trains())
    throw Error(ErrorKind::kUnsupported, "tensor {} belongs to a layer that cannot be trained yet",
                full(name));
  return take(name, shape, Holds::kNumbers);
}

TensorView Weights::bytes(std::string_view name, const Shape& shape) const {
  return take(name, shape, Holds::kBytes);
}

at::Tensor Weights::tensor(std::string_view name, const Shape& shape, const Begin& begin) const {
  if (trains()) return parameter(name, shape, begin, Parameters::Kind::kTrained);
  const TensorView found = take(name, shape, Holds::kNumbers);
  return withContext(full(name), [&] { return toFloat32(found); });
}

at::Tensor Weights::buffer(std::string_view name, const Shape& shape, const Begin& begin) const {
  return trains() ? parameter(name, shape, begin, Parameters::Kind::kBuffer) : tensor(name, shape);
}

at::Tensor Weights::parameter(std::string_view name, const Shape& shape, const Begin& begin,
                              Parameters::Kind kind) const {
  Parameters& parameters = *shared_->parameters;
  const std::string fullName = full(name);
  if (const at::Tensor kept = parameters.find(fullName); kept.defined()) return kept;
  const bool stored = shared_->source->header(fullName).has_value();
  if (!stored && parameters.initialises())
    return parameters.keep(fullName, parameters.begun(fullName, shape, begin), kind);
  const TensorView found = take(name, shape, Holds::kNumbers);
  // A copy: training must not write into a mapped file.
  return parameters.keep(fullName, withContext(fullName, [&] { return toFloat32(found).clone(); }),
                         kind);
}

at::Tensor Weights::counter(std::string_view name) const {
  ignore(name);
  if (!trains()) return {};
  const std::string fullName = full(name);
  const auto stored = shared_->source->find(fullName);
  const bool usable = stored && stored->dtype == DType::kI64 && stored->elements() == 1;
  return shared_->parameters->keep(fullName,
                                   usable ? asTensor(*stored).clone() : at::zeros({}, at::kLong),
                                   Parameters::Kind::kBuffer);
}

at::Tensor Weights::tensorIf(std::string_view name, const Shape& shape) const {
  return has(name) ? tensor(name, shape) : at::Tensor();
}

Shape Weights::shapeOf(std::string_view name) const {
  const auto view = shared_->source->find(full(name));
  return view ? view->shape : Shape{};
}

void Weights::ignore(std::string_view name) const {
  shared_->taken.insert(full(name));
}

std::vector<std::string> Weights::leftOver() const {
  std::vector<std::string> result;
  for (const auto& name : shared_->sortedNames)
    if (name.starts_with(prefix_) && !shared_->taken.contains(name)) result.push_back(name);
  return result;
}

}  // namespace orrery::nn
