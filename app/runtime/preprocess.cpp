#include "app/runtime/preprocess.h"

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/media/decode.h"
#include "core/media/grey.h"
#include "core/nn/weights.h"
#include "core/processors/image_processor.h"
#include "core/processors/joint_processor.h"

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

std::map<std::string, at::Tensor> tensorsOf(const PreprocessOptions& options) {
  const processors::Backend backend = backendFromName(options.backend);
  std::vector<media::Image> images, trimaps;
  for (const std::string& path : options.inputs) images.push_back(media::readImage(path));
  for (const std::string& path : options.trimaps)
    trimaps.push_back(media::toGrey(media::readImage(path)));
  if (options.texts.empty())
    return processors::ImageProcessor::load(options.model, backend)
        ->process(images, trimaps)
        .tensors;
  if (!trimaps.empty())
    throw Error(ErrorKind::kInvalidInput, "takes no texts: expected --text or --trimap")
        .in("--trimap");
  processors::JointFeatures features =
      processors::JointProcessor::load(options.model, backend)->process(options.texts, images);
  features.texts.merge(features.pictures.tensors);
  return features.texts;
}

}  // namespace

void preprocessFiles(const PreprocessOptions& options) {
  const auto made = tensorsOf(options);
  checkpoint::NamedTensors tensors;
  for (const auto& [name, tensor] : made)
    tensors.emplace_back(name, nn::viewOf(tensor, dtypeOf(tensor)));
  checkpoint::writeSafetensors(options.outputs, tensors);
}

}  // namespace orrery
