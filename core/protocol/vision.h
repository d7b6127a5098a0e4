#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/rle.h"
#include "core/protocol/arrays.h"

/// Questions about a picture that are asked again and again while a person points at it.
namespace orrery::protocol {

struct SegmentResult {
  std::vector<RleMask> masks;  ///< at the picture's size, likeliest first
  std::vector<double> scores;  ///< of each mask: the overlap that the model expects
  double embeddedSeconds = 0;  ///< spent on the picture itself; 0 if that was remembered
  std::optional<std::string>
      arrays;  ///< Content-Id of "logits" [masks, h, w], before the threshold
  std::shared_ptr<const Arrays> arrayContent;  ///< what came under that id; does not travel here

  bool operator==(const SegmentResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("masks", self.masks);
    f("scores", self.scores);
    f.optional("embedded_s", self.embeddedSeconds);
    f("arrays", self.arrays);
  }
};

/// Cuts out what the points and the box mean (SAM). The engine keeps the embedding of the last
/// picture, so that only the first question about it takes long. Coordinates are pixels of the
/// picture as it is shown (EXIF orientation applied).
struct SegmentParams {
  static constexpr auto kMethod = "vision/segment";
  using Result = SegmentResult;

  std::string path;                           ///< checkpoint folder
  std::string image;                          ///< file
  std::vector<std::array<double, 2>> points;  ///< x, y
  std::vector<int> labels;                    ///< of each point: 1 belongs to it, 0 does not
  std::optional<std::array<double, 4>> box;   ///< left, top, right, bottom
  bool multimask = true;                      ///< three masks where the prompt is ambiguous

  bool operator==(const SegmentParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f("image", self.image);
    f.optional("points", self.points);
    f.optional("labels", self.labels);
    f("box", self.box);
    f.optional("multimask", self.multimask);
  }
};

}  // namespace orrery::protocol
