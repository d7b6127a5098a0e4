#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/base/json.h"
#include "core/media/image.h"
#include "core/media/resize.h"
#include "core/processors/image_processor.h"

namespace orrery::processors {

/// A size as processor files write it; 0 where a key is absent.
struct SizeSpec {
  int height = 0, width = 0;
  int shortestEdge = 0, longestEdge = 0;
  int maxHeight = 0, maxWidth = 0;

  bool isExact() const { return height > 0 && width > 0; }
  media::Size exact() const { return {height, width}; }
};

/// What a processor file says, together with its type's defaults. Members carry the file's names.
struct Settings {
  Backend backend = Backend::kTorchvision;
  bool doResize = false, doCenterCrop = false, doRescale = false, doNormalize = false;
  bool doPad = false;
  SizeSpec size, cropSize;
  std::optional<SizeSpec> padSize;
  media::Filter resample = media::Filter::kBilinear;
  double rescaleFactor = 1.0 / 255;
  std::array<double, 3> imageMean{}, imageStd{1, 1, 1};
  int sizeDivisor = 0;
  double cropPct = 0;                              ///< ConvNext
  bool rescaleOffset = false, includeTop = false;  ///< EfficientNet
  bool flipChannelOrder = false;                   ///< MobileViT
  int ensureMultipleOf = 1;                        ///< DPT
  bool keepAspectRatio = false;                    ///< DPT
  int patchSize = 0, maxNumPatches = 0;            ///< Siglip2, Qwen2VL
  int temporalPatchSize = 0, mergeSize = 0;        ///< Qwen2VL
  bool doImageSplitting = false;                   ///< Idefics3
  SizeSpec maxImageSize;                           ///< Idefics3

  media::Arithmetic arithmetic() const {
    return backend == Backend::kPil ? media::Arithmetic::kPillow : media::Arithmetic::kTorch;
  }
};

/// How a type writes `size`.
enum class SizeStyle {
  kSquare,        ///< one number is height and width
  kVitMatte,      ///< the same; size_divisibility is an older name of size_divisor
  kShortestEdge,  ///< one number is the shortest edge
  kDetr,          ///< one number is the shortest edge, max_size (1333) the longest
  kMaskFormer,    ///< one number is the shortest edge, max_size, if there is one, the longest
  kPixels,        ///< the edges are areas, which min_pixels and max_pixels set too
};

/// Reads `file`, the members of a processor file; what it lacks, or says null of, is read from
/// `defaults`. Flags and numbers that only some types have are those of `defaults`.
Settings readSettings(const JsonField& file, const Json& defaults, SizeStyle sizeStyle,
                      Backend backend);

enum class ProcessorKind { kImage, kVideo };

/// Throws an Error that names the first member of `file` that no processor of that kind knows.
/// Members that only other types read are allowed, as they are in transformers.
void requireKnownFields(const JsonField& file, ProcessorKind kind = ProcessorKind::kImage);

}  // namespace orrery::processors
