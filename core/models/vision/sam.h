#pragma once

#include "core/models/families.h"
#include "core/models/vision/sam_decoder.h"
#include "core/models/vision/sam_prompt.h"
#include "core/models/vision/sam_vision.h"

namespace orrery::models::vision {

/// Segment Anything. A picture is embedded once, which takes nearly all of the time; each prompt on
/// it is quick then:
///
///     const at::Tensor picture = sam.embedImage(pixelValues);
///     const SamMasks masks = sam.predictMasks(picture, {.points = click});
///
/// Thread-safe.
class SamModel : public Model {
 public:
  explicit SamModel(const ModelSpec& spec);

  /// pixelValues [batch, channels, size, size] → [batch, hidden, grid, grid]. `cancel` is looked at
  /// between layers.
  at::Tensor embedImage(const at::Tensor& pixelValues, const nn::Observer* observer = nullptr,
                        const CancelToken* cancel = nullptr) const;
  /// The masks of one or many prompts on pictures that embedImage() has seen. An Error names what
  /// of the prompt has another shape.
  SamMasks predictMasks(const at::Tensor& imageEmbeddings, const SamPrompt& prompt) const;

  /// pixel_values or image_embeddings, with input_points, input_labels, input_boxes, input_masks
  /// and multimask_output → pred_masks, iou_scores.
  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override;

  const SamConfig& config() const { return config_; }

 private:
  SamConfig config_;
  SamVisionEncoder vision_;
  SamPromptEncoder prompts_;
  SamMaskDecoder decoder_;
  at::Tensor gridPositions_;  ///< [1, grid * grid, hidden]
};

}  // namespace orrery::models::vision
