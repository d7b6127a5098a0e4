#include "core/pipelines/mask_predictor.h"

#include <cmath>

#include "core/pipelines/detection.h"
#include "core/pipelines/segmentation.h"

namespace orrery::pipelines {
namespace {

models::vision::SamPrompt promptOf(const EmbeddedPicture& picture, const PointPrompt& given) {
  const auto count = static_cast<std::int64_t>(given.points.size());
  if (count == 0 && !given.box)
    throw Error(ErrorKind::kInvalidInput, "expected a point or a box").in("points");
  if (given.labels.size() != given.points.size())
    throw Error(ErrorKind::kInvalidInput, "expected one for each of the {} points, found {}", count,
                given.labels.size())
        .in("labels");
  for (const int label : given.labels)
    if (label != 0 && label != 1)
      throw Error(ErrorKind::kInvalidInput, "expected 1 or 0, found {}", label).in("labels");
  models::vision::SamPrompt prompt{.multimask = given.multimask};
  const auto placed = [&](const double* values, std::int64_t places) {
    const at::Tensor all = at::tensor(at::ArrayRef<double>(values, 2 * places), at::kDouble);
    return picture.toInput(all.view({1, 1, places, 2})).to(at::kFloat);
  };
  if (count > 0) {
    prompt.points = placed(given.points.front().data(), count);
    prompt.labels = at::tensor(given.labels, at::kLong).view({1, 1, count});
  }
  if (given.box) prompt.boxes = placed(given.box->data(), 2).view({1, 1, 4});
  return prompt;
}

/// The part of logits [masks, side, side] that the picture fills, at about their resolution.
at::Tensor partOfPicture(const at::Tensor& logits, const EmbeddedPicture& picture) {
  const double scale = static_cast<double>(logits.size(2)) / static_cast<double>(picture.side);
  const auto scaled = [&](int edge) {
    return std::max<int>(1, static_cast<int>(std::lround(edge * scale)));
  };
  return masksOfPicture(logits.unsqueeze(0), picture.side, picture.resized,
                        {scaled(picture.resized.height), scaled(picture.resized.width)})[0];
}

}  // namespace

at::Tensor EmbeddedPicture::toInput(const at::Tensor& places) const {
  const double x = static_cast<double>(resized.width) / original.width;
  const double y = static_cast<double>(resized.height) / original.height;
  return places * at::tensor({x, y}, places.scalar_type());
}

MaskPredictor::MaskPredictor(PipelineParts parts)
    : parts_(std::move(parts)),
      model_(dynamic_cast<const models::vision::SamModel*>(parts_.model.get())),
      processor_(processors::ImageProcessor::load(parts_.checkpoint.folderOrFile)) {
  if (!model_)
    throw Error(ErrorKind::kUnsupported, "expected a model of type \"sam\"").in("config.json");
}

EmbeddedPicture MaskPredictor::embed(const media::Image& picture, const CancelToken& cancel) const {
  const processors::Features features = processor_->process({&picture, 1});
  const at::Tensor& pixels = features.tensors.at("pixel_values");
  cancel.throwIfCancelled();
  return {model_->embedImage(pixels, nullptr, &cancel), features.originalSizes.front(),
          features.resizedSizes.front(), pixels.size(3)};
}

models::vision::SamMasks MaskPredictor::predict(const EmbeddedPicture& picture,
                                                const models::vision::SamPrompt& prompt) const {
  return model_->predictMasks(picture.embedding, prompt);
}

PromptedMasks promptedMasks(const MaskPredictor& model, const EmbeddedPicture& picture,
                            const PointPrompt& prompt) {
  const auto found = model.predict(picture, promptOf(picture, prompt));
  const at::Tensor scores = found.scores[0][0].to(at::kFloat);
  const at::Tensor order = scores.argsort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
  const at::Tensor logits = found.logits[0][0].to(at::kFloat).index({order});
  const at::Tensor inside =
      masksOfPicture(logits.unsqueeze(0), picture.side, picture.resized, picture.original)[0].gt(0);
  PromptedMasks result{{}, {}, partOfPicture(logits, picture)};
  for (std::int64_t i = 0; i < order.size(0); ++i) {
    result.masks.push_back(maskOfPixels(inside[i]));
    result.scores.push_back(scores[order[i].item<std::int64_t>()].item<float>());
  }
  return result;
}

}  // namespace orrery::pipelines
