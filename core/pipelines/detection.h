#pragma once

#include <ATen/ATen.h>

#include <array>
#include <string>
#include <vector>

#include "core/media/image.h"

/// From a detector's outputs to boxes in a picture.
namespace orrery::pipelines {

/// One thing that was found.
struct Detection {
  float score = 0;             ///< 0 to 1
  std::int64_t label = 0;      ///< index of its class
  std::array<float, 4> box{};  ///< left, top, right, bottom in pixels
};

/// How a model type's scores are meant.
enum class DetectionScores {
  kSoftmax,       ///< of the classes and of no object: the best class of each query
  kBestOfAll,     ///< a sigmoid of each: the best pairs of query and class
  kBestPerQuery,  ///< the same, as many as there are queries
};
/// That of a model_type; an Error names one that is no detector.
DetectionScores detectionScores(const std::string& modelType);

struct DetectionOptions {
  double threshold = 0.5;   ///< what scores no more is left out
  std::int64_t topK = 100;  ///< most detections of kBestOfAll, before the threshold
};

/// transformers' post_process_object_detection: logits [batch, queries, classes] and predBoxes
/// [batch, queries, 4], the middle, width and height as shares of the picture, → what each picture
/// holds, in transformers' order. `sizes` are those of the pictures before they were prepared. An
/// Error tells that the shapes or the number of sizes do not fit.
std::vector<std::vector<Detection>> detections(const at::Tensor& logits,
                                               const at::Tensor& predBoxes,
                                               const std::vector<media::Size>& sizes,
                                               DetectionScores scores,
                                               const DetectionOptions& options = {});

/// transformers' SamProcessor.post_process_masks for one picture, before its threshold (0): logits
/// [prompts, masks, rows, columns] → [prompts, masks, height, width] of the picture as it was.
/// `resized` is its size within the model's square input of `side` pixels.
at::Tensor masksOfPicture(const at::Tensor& logits, std::int64_t side, media::Size resized,
                          media::Size original);

}  // namespace orrery::pipelines
