#include "core/models/model.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/nn/weights.h"

namespace orrery::models {

std::unique_ptr<generation::SessionFactory> Model::sessionFactoryFor(const TensorMap&) const {
  throw Error(ErrorKind::kUnsupported, "this model writes no text about pictures");
}

TensorMap Model::trainingForward(const TensorMap&, const nn::TrainingPass&) const {
  throw Error(ErrorKind::kUnsupported, "models of this type cannot be trained yet");
}

at::Tensor inputIf(const TensorMap& inputs, const std::string& name) {
  const auto found = inputs.find(name);
  return found == inputs.end() ? at::Tensor() : found->second;
}

at::Tensor requireInput(const TensorMap& inputs, const std::string& name) {
  at::Tensor value = inputIf(inputs, name);
  if (!value.defined()) throw Error(ErrorKind::kInvalidInput, "input {} is missing", quoted(name));
  return value;
}

namespace {

Error inputError(const std::string& name, const std::string& message) {
  return Error(ErrorKind::kInvalidInput, message).in("input " + quoted(name));
}

void checkIds(const std::string& name, const at::Tensor& ids, std::int64_t dimensions) {
  if (!at::isIntegralType(ids.scalar_type(), /*includeBool=*/false))
    throw inputError(
        name, fmt::format("expected whole numbers, found {}", at::toString(ids.scalar_type())));
  if (ids.dim() != dimensions || ids.numel() == 0)
    throw inputError(name, fmt::format("expected {} dimensions and at least one id, found {}",
                                       dimensions, nn::shapeText(ids.sizes().vec())));
}

/// `name` describes each of the ids `of`.
void checkBeside(const TensorMap& inputs, const std::string& name, const std::string& of) {
  const at::Tensor beside = inputIf(inputs, name), ids = inputIf(inputs, of);
  if (!beside.defined() || !ids.defined() || beside.sizes() == ids.sizes()) return;
  auto oneRow = ids.sizes().vec();
  oneRow.front() = 1;
  if (name == "position_ids" && beside.sizes() == at::IntArrayRef(oneRow)) return;
  throw inputError(
      name, fmt::format("expected the shape of {}, {}, found {}", of,
                        nn::shapeText(ids.sizes().vec()), nn::shapeText(beside.sizes().vec())));
}

}  // namespace

bool flagInput(const TensorMap& inputs, const std::string& name) {
  const at::Tensor value = inputIf(inputs, name);
  if (!value.defined()) return false;
  if (value.numel() != 1)
    throw inputError(name, fmt::format("expected one value, found shape {}",
                                       nn::shapeText(value.sizes().vec())));
  return value.ne(0).item<bool>();
}

void checkInputs(const TensorMap& inputs, const std::vector<std::string>& known,
                 std::int64_t dimensions) {
  for (const auto& [name, value] : inputs) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw Error(ErrorKind::kInvalidInput, "input {} is not one of {}", quoted(name),
                  fmt::join(known, ", "));
    if (name.ends_with("_ids")) checkIds(name, value, dimensions);
  }
  for (const char* name : {"attention_mask", "token_type_ids", "position_ids"})
    checkBeside(inputs, name, "input_ids");
  checkBeside(inputs, "decoder_attention_mask", "decoder_input_ids");
}

at::Tensor requireImages(const TensorMap& inputs, std::int64_t channels, const std::string& name) {
  const at::Tensor images = requireInput(inputs, name);
  const bool good = images.dim() == 4 && images.numel() > 0 &&
                    at::isFloatingType(images.scalar_type()) &&
                    (channels == 0 || images.size(1) == channels);
  if (!good)
    throw inputError(
        name, fmt::format("expected numbers of shape [batch, {}, height, width], found {} of {}",
                          channels == 0 ? "channels" : std::to_string(channels),
                          at::toString(images.scalar_type()), nn::shapeText(images.sizes().vec())));
  return images.to(at::kFloat);
}

}  // namespace orrery::models
