#include "core/pipelines/detection.h"

#include <algorithm>
#include <map>

#include "core/base/error.h"

namespace orrery::pipelines {
namespace {

/// Scores [batch, n] with the class and the query of each.
struct Ranked {
  at::Tensor scores, labels, queries;
};

Ranked bestClasses(const at::Tensor& logits) {
  const auto [scores, labels] = at::softmax(logits, -1).slice(-1, 0, -1).max(-1);
  return {scores, labels, at::arange(logits.size(1), at::kLong).expand_as(labels)};
}

Ranked bestPairs(const at::Tensor& logits, std::int64_t count) {
  const auto [scores, index] = at::topk(at::sigmoid(logits).flatten(1), count, 1);
  const std::int64_t classes = logits.size(2);
  return {scores, index.remainder(classes), index.div(classes, "floor")};
}

Ranked rank(const at::Tensor& logits, DetectionScores scores, std::int64_t topK) {
  switch (scores) {
    case DetectionScores::kSoftmax:
      return bestClasses(logits);
    case DetectionScores::kBestOfAll:
      return bestPairs(logits, std::min(topK, logits[0].numel()));
    case DetectionScores::kBestPerQuery:
      return bestPairs(logits, logits.size(1));
  }
  return {};
}

/// Middle and size, as shares of the picture → corners in its pixels: [batch, queries, 4].
at::Tensor corners(const at::Tensor& boxes, const std::vector<media::Size>& sizes) {
  const at::Tensor middle = boxes.slice(-1, 0, 2), half = 0.5 * boxes.slice(-1, 2, 4);
  std::vector<float> scale;
  for (const media::Size& size : sizes)
    for (int i = 0; i < 2; ++i) {
      scale.push_back(static_cast<float>(size.width));
      scale.push_back(static_cast<float>(size.height));
    }
  return at::cat({middle - half, middle + half}, -1) * at::tensor(scale).view({-1, 1, 4});
}

}  // namespace

DetectionScores detectionScores(const std::string& modelType) {
  static const std::map<std::string, DetectionScores> table{
      {"conditional_detr", DetectionScores::kBestOfAll},
      {"deformable_detr", DetectionScores::kBestOfAll},
      {"detr", DetectionScores::kSoftmax},
      {"rt_detr", DetectionScores::kBestPerQuery},
      {"table-transformer", DetectionScores::kSoftmax},
      {"yolos", DetectionScores::kSoftmax}};
  const auto found = table.find(modelType);
  if (found != table.end()) return found->second;
  throw Error(ErrorKind::kUnsupported, "model type {} finds no objects in pictures",
              quoted(modelType));
}

std::vector<std::vector<Detection>> detections(const at::Tensor& logits,
                                               const at::Tensor& predBoxes,
                                               const std::vector<media::Size>& sizes,
                                               DetectionScores scores,
                                               const DetectionOptions& options) {
  const bool good = logits.dim() == 3 && predBoxes.dim() == 3 && predBoxes.size(2) == 4 &&
                    logits.size(0) == std::ssize(sizes) && predBoxes.size(0) == std::ssize(sizes) &&
                    logits.size(1) == predBoxes.size(1) && logits.numel() > 0;
  if (!good || options.topK < 1)
    throw Error(ErrorKind::kInvalidInput,
                "detections: expected logits, boxes and sizes of the same pictures, and a top_k "
                "above 0");
  const Ranked ranked = rank(logits.to(at::kFloat), scores, options.topK);
  const at::Tensor boxes = corners(predBoxes.to(at::kFloat), sizes);
  std::vector<std::vector<Detection>> result;
  for (std::int64_t row = 0; row < logits.size(0); ++row) {
    const at::Tensor kept = ranked.scores[row].gt(options.threshold).nonzero().squeeze(1);
    const at::Tensor score = ranked.scores[row].index({kept}).contiguous();
    const at::Tensor label = ranked.labels[row].index({kept}).contiguous();
    const at::Tensor box = boxes[row].index({ranked.queries[row].index({kept})}).contiguous();
    auto& found = result.emplace_back(static_cast<std::size_t>(kept.numel()));
    for (std::size_t i = 0; i < found.size(); ++i) {
      found[i].score = score.data_ptr<float>()[i];
      found[i].label = label.data_ptr<std::int64_t>()[i];
      std::copy_n(box.data_ptr<float>() + 4 * i, 4, found[i].box.begin());
    }
  }
  return result;
}

at::Tensor masksOfPicture(const at::Tensor& logits, std::int64_t side, media::Size resized,
                          media::Size original) {
  const at::Tensor whole =
      at::upsample_bilinear2d(logits.to(at::kFloat), {side, side}, /*align_corners=*/false);
  return at::upsample_bilinear2d(whole.slice(2, 0, resized.height).slice(3, 0, resized.width),
                                 {original.height, original.width}, /*align_corners=*/false);
}

}  // namespace orrery::pipelines
