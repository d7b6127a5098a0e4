#include "app/runtime/preprocess.h"

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/media/decode.h"
#include "core/media/grey.h"
#include "core/nn/weights.h"
#include "core/processors/image_processor.h"

namespace orrery {
namespace {

processors::Backend backendFromName(const std::string& name) {
  if (name == "torchvision") return processors::Backend::kTorchvision;
  if (name == "pil") return processors::Backend::kPil;
  throw Error(ErrorKind::kInvalidInput, "expected torchvision or pil, found {}", quoted(name))
      .in("backend");
}

checkpoint::DType dtypeOf(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kLong:
      return checkpoint::DType::kI64;
    case at::kInt:
      return checkpoint::DType::kI32;
    case at::kByte:
      return checkpoint::DType::kU8;
    default:
      return checkpoint::DType::kF32;
  }
}

}  // namespace

void preprocessFiles(const PreprocessOptions& options) {
  const auto processor =
      processors::ImageProcessor::load(options.model, backendFromName(options.backend));
  std::vector<media::Image> images, trimaps;
  for (const std::string& path : options.inputs) images.push_back(media::readImage(path));
  for (const std::string& path : options.trimaps)
    trimaps.push_back(media::toGrey(media::readImage(path)));
  const processors::Features features = processor->process(images, trimaps);
  checkpoint::NamedTensors tensors;
  for (const auto& [name, tensor] : features.tensors)
    tensors.emplace_back(name, nn::viewOf(tensor, dtypeOf(tensor)));
  checkpoint::writeSafetensors(options.outputs, tensors);
}

}  // namespace orrery
