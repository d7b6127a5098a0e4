#include "core/pipelines/vision_model.h"

#include "core/media/decode.h"
#include "core/pipelines/labels.h"

namespace orrery::pipelines {

VisionModel::VisionModel(PipelineParts parts)
    : parts_(std::move(parts)),
      processor_(processors::ImageProcessor::load(parts_.checkpoint.folderOrFile)) {}

std::string VisionModel::label(std::int64_t index) const {
  const auto names = config().find("label_names");
  if (names && !config().has("id2label")) {
    const auto list = names->elements();
    if (index >= static_cast<std::int64_t>(list.size()))
      throw names->error(fmt::format("has {} names; class {} has none", list.size(), index));
    return list[static_cast<std::size_t>(index)].as<std::string>();
  }
  return labelOf(config(), index);
}

processors::Features VisionModel::prepare(const Picture& picture) const {
  const media::Image image = media::readImage(picture.file);
  return processor_->process({&image, 1});
}

models::TensorMap VisionModel::forward(const processors::Features& features) const {
  return parts_.model->forward(features.tensors);
}

at::Tensor requireOutput(const models::TensorMap& outputs, const std::string& name) {
  const auto found = outputs.find(name);
  if (found == outputs.end()) throw Error(ErrorKind::kUnsupported, "this model gives no {}", name);
  return found->second;
}

at::Tensor resizedMap(const at::Tensor& map, media::Size size) {
  return at::upsample_bicubic2d(map.unsqueeze(0).unsqueeze(0), {size.height, size.width},
                                /*align_corners=*/false)
      .squeeze(0)
      .squeeze(0)
      .contiguous();
}

}  // namespace orrery::pipelines
