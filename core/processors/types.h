#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/processors/geometry.h"
#include "core/processors/image_processor.h"

namespace orrery::processors {

/// What surrounds a picture in its tensor, and whether a mask tells.
enum class PadRule {
  kNever,         ///< all pictures of a batch must have one size
  kIfAsked,       ///< do_pad: to pad_size or the batch's largest, at the right and below
  kIfAskedMask,   ///< the same with pixel_mask
  kAlwaysMask,    ///< the same whatever do_pad says
  kCentred,       ///< do_pad: around the middle, to multiples of size_divisor
  kSquareBefore,  ///< do_pad: to a square of the mean colour, before resizing (Llava)
};

struct TypeRow;

/// Makes a processor from its row and settings.
using MakeProcessor = std::unique_ptr<const ImageProcessor> (*)(const TypeRow&, Settings);

/// One type of image processor: how it differs from the others.
struct TypeRow {
  std::string_view name;  ///< transformers' class without suffix
  ResizeRule resize;
  PadRule pad;
  SizeStyle size;
  MakeProcessor make;
  /// JSON, as a processor file would say it. Flags and numbers that only some types have are read
  /// from a file only if they stand here.
  std::string_view defaults;
};

/// The row of a type; an Error names it and the ones there are.
const TypeRow& typeRow(std::string_view name);

/// The type that transformers takes for a model of that `model_type` whose files name none; empty
/// if there is none.
std::string_view typeForModel(std::string_view modelType);

/// An Error unless there are pictures, all RGB, and no trimaps: what most types take.
void requireInputs(std::string_view type, std::span<const media::Image> images,
                   std::span<const media::Image> trimaps);

/// The members of an image processor's file.
struct ProcessorFile {
  Json members;
  std::string name;  ///< of the file, and of the place in it
};

/// What describes the image processor of a model folder: the pretrained_cfg of config.json, a part
/// of processor_config.json, or preprocessor_config.json. An Error if there is none.
ProcessorFile readProcessorFile(const std::filesystem::path& folder);

/// An Error unless patches and the squares of merged ones are of modest size (Qwen2VL), or
/// max_image_size and size are there and modest (Idefics3, SmolVLM).
void requireMergedPatches(const Settings& settings);
void requireSquares(const Settings& settings);

// What makes them, a file each.
std::unique_ptr<const ImageProcessor> makeStandard(const TypeRow& row, Settings settings);
std::unique_ptr<const ImageProcessor> makeVitMatte(const TypeRow& row, Settings settings);
std::unique_ptr<const ImageProcessor> makeSiglip2(const TypeRow& row, Settings settings);
std::unique_ptr<const ImageProcessor> makeQwen2Vl(const TypeRow& row, Settings settings);
std::unique_ptr<const ImageProcessor> makeIdefics3(const TypeRow& row, Settings settings);
/// From a timm model's pretrained_cfg.
std::unique_ptr<const ImageProcessor> makeTimm(const JsonField& pretrainedCfg);

}  // namespace orrery::processors
