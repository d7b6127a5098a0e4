#pragma once

#include "core/models/vision/sam.h"
#include "core/pipelines/input.h"
#include "core/pipelines/task_registry.h"
#include "core/processors/image_processor.h"

namespace orrery::pipelines {

/// A picture that SAM has looked at.
struct EmbeddedPicture {
  at::Tensor embedding;           ///< [1, hidden, grid, grid]
  media::Size original, resized;  ///< the picture as it was, and within the model's input
  std::int64_t side = 0;          ///< of the model's square input

  /// Places [..., 2], x before y, in pixels of the picture → those of the model's input.
  at::Tensor toInput(const at::Tensor& places) const;
};

/// SAM with what turns pictures into its inputs. May be shared by threads.
class MaskPredictor {
 public:
  /// An Error names the processor's file if it is missing or wrong.
  explicit MaskPredictor(PipelineParts parts);

  /// Takes nearly all of the time; looks at `cancel` between layers.
  EmbeddedPicture embed(const media::Image& picture, const CancelToken& cancel) const;
  /// The masks for a prompt in pixels of the model's input.
  models::vision::SamMasks predict(const EmbeddedPicture& picture,
                                   const models::vision::SamPrompt& prompt) const;

 private:
  PipelineParts parts_;
  const models::vision::SamModel* model_;
  std::unique_ptr<const processors::ImageProcessor> processor_;
};

/// What somebody points at, in pixels of the picture.
struct PointPrompt {
  std::vector<std::array<double, 2>> points;  ///< x, y
  std::vector<int> labels;                    ///< of each point: 1 belongs to it, 0 does not
  std::optional<std::array<double, 4>> box;   ///< left, top, right, bottom
  bool multimask = true;                      ///< three masks where the prompt is ambiguous
};

/// Masks for a prompt, likeliest first.
struct PromptedMasks {
  std::vector<RleMask> masks;  ///< at the picture's size
  std::vector<double> scores;  ///< the intersection over union that the model expects
  /// [masks, rows, columns]: above 0 where a mask is; about the model's resolution, stretched over
  /// the picture.
  at::Tensor logits;
};

/// An Error tells if there is neither a point nor a box, or a label is missing.
PromptedMasks promptedMasks(const MaskPredictor& model, const EmbeddedPicture& picture,
                            const PointPrompt& prompt);

}  // namespace orrery::pipelines
