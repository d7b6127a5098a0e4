#include "core/nn/parameters.h"

namespace orrery::nn {

Parameters::Parameters(double deviation, at::Generator generator)
    : deviation_(deviation), generator_(std::move(generator)) {}

at::Tensor Parameters::find(std::string_view name) const {
  for (const auto* entries : {&trained_, &buffers_})
    for (const Entry& entry : *entries)
      if (entry.name == name) return entry.value;
  return {};
}

at::Tensor Parameters::keep(std::string name, at::Tensor value, Kind kind) {
  if (kind == Kind::kTrained) value.requires_grad_(true);
  (kind == Kind::kTrained ? trained_ : buffers_).push_back({std::move(name), value});
  return value;
}

at::Tensor Parameters::begun(std::string_view name, at::IntArrayRef shape,
                             const Begin& begin) const {
  at::Tensor value = at::zeros(shape, at::kFloat);
  const bool one = name.ends_with("weight") || name.ends_with("running_var");
  if (begin)
    begin(value, generator_);
  else if (shape.size() > 1)
    value.normal_(0, deviation_, generator_);
  else if (one)
    value.fill_(1);
  return value;
}

}  // namespace orrery::nn
