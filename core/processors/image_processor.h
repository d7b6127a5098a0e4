#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/media/image.h"

namespace orrery::processors {

/// Whose arithmetic resizes: transformers has each processor twice. It takes torchvision's where
/// that is installed, whatever a file's `image_processor_type` says.
enum class Backend { kTorchvision, kPil };

/// What a model is given for some pictures, and what post-processing needs to know of them.
struct Features {
  /// By transformers' names, the pictures along the first dimension: pixel_values
  /// [pictures, channels, height, width], pixel_mask, …
  std::map<std::string, at::Tensor> tensors;
  std::vector<media::Size> originalSizes;  ///< of each picture as given
  std::vector<media::Size> resizedSizes;   ///< after resizing and cropping, before padding
  /// Rows and columns of tiles (Idefics3; none for a picture that stayed whole) or of patches
  /// (Qwen2VL, Siglip2), which prompts and models count; empty for other types.
  std::vector<media::Size> grids;
};

/// An image processor of transformers, or the evaluation transform of a timm model. Immutable, so
/// threads may share it.
class ImageProcessor {
 public:
  virtual ~ImageProcessor() = default;

  /// The processor of a model folder: from processor_config.json, preprocessor_config.json, or the
  /// pretrained_cfg of a timm model's config.json. An Error names the file and the field that is
  /// missing, of another type or unknown.
  static std::unique_ptr<const ImageProcessor> load(const std::filesystem::path& folder,
                                                    Backend backend = Backend::kTorchvision);

  /// The same from the members of a processor file. `folder` may hold the model's config.json,
  /// which tells the type where the file does not.
  static std::unique_ptr<const ImageProcessor> fromFile(const JsonField& file,
                                                        const std::filesystem::path& folder,
                                                        Backend backend = Backend::kTorchvision);

  /// transformers' class without suffix, e.g. "ViTImageProcessor".
  virtual std::string_view type() const = 0;

  /// The tensors for a batch of at least one RGB picture. `trimaps`, grey, one for each picture and
  /// of its size, is for VitMatte, which needs them; other processors refuse them. An Error if the
  /// pictures come out in sizes that do not go into one tensor.
  virtual Features process(std::span<const media::Image> images,
                           std::span<const media::Image> trimaps = {}) const = 0;
};

}  // namespace orrery::processors
