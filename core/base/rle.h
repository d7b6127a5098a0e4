#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace orrery {

/// A binary mask as COCO's compressed run lengths, the way pycocotools writes them: the picture is
/// read column by column, top to bottom; runs of background and mask take turns, background first
/// (its run may be 0); `counts` holds the runs as text. In JSON: {"size": [height, width],
/// "counts": "…"}.
struct RleMask {
  std::array<int, 2> size{};  ///< height, width
  std::string counts;

  int height() const { return size[0]; }
  int width() const { return size[1]; }
  bool operator==(const RleMask&) const = default;
  static void fields(auto& f, auto& self) {
    f("size", self.size);
    f("counts", self.counts);
  }
};

/// The runs of a mask. Throws an Error of kind kInvalidInput unless they are well formed and fill
/// the mask's size exactly.
std::vector<std::uint32_t> rleRuns(const RleMask& mask);
/// A mask of these runs, which must fill height x width exactly; empty runs inside are kept.
RleMask rleFromRuns(std::span<const std::uint32_t> runs, int height, int width);

/// The mask of `pixels` [height, width], row by row: what is not 0 belongs to it.
RleMask rleFromPixels(std::span<const std::uint8_t> pixels, int height, int width);
/// The pixels [height, width] of a mask, row by row: 1 inside, 0 outside. Throws as rleRuns does.
std::vector<std::uint8_t> rlePixels(const RleMask& mask);

/// How many pixels belong to the mask.
std::int64_t rleArea(const RleMask& mask);
/// The smallest box around the mask: left, top, width, height; zeros if the mask is empty.
std::array<int, 4> rleBox(const RleMask& mask);
/// Intersection over union of two masks of one size: 0 if both are empty. Throws an Error of kind
/// kInvalidInput if the sizes differ.
double rleOverlap(const RleMask& a, const RleMask& b);

}  // namespace orrery
