#include "core/models/model.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/error.h"

namespace orrery::models {

at::Tensor inputIf(const TensorMap& inputs, const std::string& name) {
  const auto found = inputs.find(name);
  return found == inputs.end() ? at::Tensor() : found->second;
}

at::Tensor requireInput(const TensorMap& inputs, const std::string& name) {
  at::Tensor value = inputIf(inputs, name);
  if (!value.defined()) throw Error(ErrorKind::kInvalidInput, "input {} is missing", quoted(name));
  return value;
}

void refuseOtherInputs(const TensorMap& inputs, const std::vector<std::string>& known) {
  for (const auto& [name, value] : inputs)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw Error(ErrorKind::kInvalidInput, "input {} is not one of {}", quoted(name),
                  fmt::join(known, ", "));
}

}  // namespace orrery::models
