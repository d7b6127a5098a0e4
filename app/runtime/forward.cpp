#include "app/runtime/forward.h"

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/nn/weights.h"

namespace orrery {

void forwardFiles(const models::Model& model, const std::filesystem::path& inputs,
                  const std::filesystem::path& outputs) {
  const auto file = checkpoint::SafetensorsFile::open(inputs);
  models::TensorMap values;
  for (const auto& name : file->names())
    values[name] =
        withContext(file->description(), [&] { return nn::asTensor(*file->find(name)); });
  checkpoint::NamedTensors written;
  for (const auto& [name, value] : model.forward(values))
    written.emplace_back(name, nn::viewOf(value.to(at::kFloat), checkpoint::DType::kF32));
  checkpoint::writeSafetensors(outputs, written);
}

}  // namespace orrery
