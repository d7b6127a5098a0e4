#pragma once

#include "core/media/image.h"
#include "core/processors/settings.h"

namespace orrery::processors {

/// How a type finds the size that a picture is resized to.
enum class ResizeRule {
  kSize,         ///< `size` as the base class reads it
  kConvNext,     ///< shortest edge and a crop, or square from 384 on
  kYolos,        ///< kSize, cut to multiples of 16 where it keeps proportions
  kDivisible,    ///< kSize, raised to multiples of size_divisor
  kLongestEdge,  ///< Sam: the longest edge
  kDpt,          ///< keep_aspect_ratio and ensure_multiple_of
  kGlpn,         ///< down to multiples of size_divisor
  kPixels,       ///< Qwen2VL: an area between two, multiples of merged patches
};

/// An Error if `size` lacks the keys that the rule needs.
void requireSize(ResizeRule rule, const Settings& settings);

/// The size that a picture of `from` is resized to, where requireSize() found no fault. An Error if
/// nothing would be left of the picture, or it would become huge.
media::Size resizedSize(ResizeRule rule, const Settings& settings, media::Size from);

/// An Error if a picture of that size is more than any processor shall make, whatever its file
/// says.
void requireModest(media::Size size);

/// The size whose shortest edge is `shortest`, in the proportions of `from`.
media::Size withShortestEdge(media::Size from, int shortest);

/// The size whose longest edge is `longest`, the other in proportion and raised to an even number
/// of at least one pixel (Idefics3, SmolVLM).
media::Size withLongestEvenEdge(media::Size from, int longest);

}  // namespace orrery::processors
