#include "core/models/vision/sam.h"

#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

class SamVisionModel : public Model {
 public:
  explicit SamVisionModel(const ModelSpec& spec)
      : config_(SamVisionConfig::read(spec.config)),
        encoder_(spec.weights / "vision_encoder", config_) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values"});
    return {
        {"last_hidden_state", encoder_.forward(requireImages(inputs, config_.channels), observer)}};
  }

 private:
  SamVisionConfig config_;
  SamVisionEncoder encoder_;
};

}  // namespace

SamModel::SamModel(const ModelSpec& spec)
    : config_(SamConfig::read(spec.config)),
      vision_(spec.weights / "vision_encoder", config_.vision),
      prompts_(spec.weights / "prompt_encoder", config_.prompt,
               {spec.weights / (config_.tiedPositions ? "shared_image_embedding"
                                                      : "prompt_encoder.shared_embedding"),
                config_.vision.positionFeatures}),
      decoder_(spec.weights / "mask_decoder", config_.mask),
      gridPositions_(
          SamPositions(spec.weights / "shared_image_embedding", config_.vision.positionFeatures)
              .ofGrid(config_.prompt.grid())) {}

at::Tensor SamModel::embedImage(const at::Tensor& pixelValues, const nn::Observer* observer,
                                const CancelToken* cancel) const {
  const at::NoGradGuard noGrad;
  return vision_.forward(requireImages({{"pixel_values", pixelValues}}, config_.vision.channels),
                         observer, cancel);
}

SamMasks SamModel::predictMasks(const at::Tensor& imageEmbeddings, const SamPrompt& prompt) const {
  const at::NoGradGuard noGrad;
  const std::int64_t grid = config_.prompt.grid();
  const std::int64_t batch = imageEmbeddings.dim() == 4 ? imageEmbeddings.size(0) : 0;
  const nn::Shape expected{batch, config_.prompt.hidden, grid, grid};
  if (batch == 0 || imageEmbeddings.sizes() != at::IntArrayRef(expected))
    throw Error(ErrorKind::kInvalidInput, "input \"image_embeddings\": expected {}, found {}",
                fmt::format("[batch, {0}, {1}, {1}]", config_.prompt.hidden, grid),
                nn::shapeText(imageEmbeddings.sizes().vec()));
  for (const at::Tensor& part : {prompt.points, prompt.boxes, prompt.masks})
    if (part.defined() && part.dim() > 0 && part.size(0) != batch)
      throw Error(ErrorKind::kInvalidInput, "prompts for {} pictures, but there are {}",
                  part.size(0), batch);
  return decoder_.forward({.image = imageEmbeddings.to(at::kFloat) + prompts_.dense(prompt),
                           .positions = gridPositions_,
                           .sparse = prompts_.sparse(prompt),
                           .multimask = prompt.multimask});
}

TensorMap SamModel::forward(const TensorMap& inputs, const nn::Observer* observer) const {
  const at::NoGradGuard noGrad;
  checkInputs(inputs, {"pixel_values", "image_embeddings", "input_points", "input_labels",
                       "input_boxes", "input_masks", "multimask_output"});
  at::Tensor image = inputIf(inputs, "image_embeddings");
  if (image.defined() == inputs.contains("pixel_values"))
    throw Error(ErrorKind::kInvalidInput,
                "expected one of the inputs \"pixel_values\" and \"image_embeddings\"");
  if (!image.defined()) image = embedImage(inputs.at("pixel_values"), observer);
  const at::Tensor multimask = inputIf(inputs, "multimask_output");
  const SamMasks masks =
      predictMasks(image, {.points = inputIf(inputs, "input_points"),
                           .labels = inputIf(inputs, "input_labels"),
                           .boxes = inputIf(inputs, "input_boxes"),
                           .masks = inputIf(inputs, "input_masks"),
                           .multimask = !multimask.defined() || multimask.any().item<bool>()});
  return {{"pred_masks", masks.logits}, {"iou_scores", masks.scores}};
}

std::unique_ptr<Model> makeSam(const ModelSpec& spec) {
  if (spec.className == "SamModel") return std::make_unique<SamModel>(spec);
  throw Error(ErrorKind::kUnsupported, "class {}: expected SamModel", quoted(spec.className));
}

std::unique_ptr<Model> makeSamVision(const ModelSpec& spec) {
  if (spec.className == "SamVisionModel") return std::make_unique<SamVisionModel>(spec);
  throw Error(ErrorKind::kUnsupported, "class {}: expected SamVisionModel", quoted(spec.className));
}

}  // namespace orrery::models::vision
