#pragma once

#include <ATen/ATen.h>

#include <array>
#include <optional>
#include <set>
#include <vector>

#include "core/models/model.h"

/// What a model's scores for classes and masks become: the maps of transformers'
/// post_process_semantic_, _instance_ and _panoptic_segmentation.
namespace orrery::pipelines {

/// Whose image processor: they differ in sizes, thresholds and what an instance is.
enum class Segmenter { kDetr, kMask2Former, kMaskFormer, kOneFormer };

/// Of each query [batch, queries, …]: scores of the classes, the last of which is none, and of
/// every pixel.
struct MaskScores {
  at::Tensor classes;  ///< [batch, queries, classes + 1]
  at::Tensor masks;    ///< [batch, queries, height, width]

  /// From a model's outputs; an Error names what is missing, or what does not fit together.
  static MaskScores of(const models::TensorMap& outputs, Segmenter segmenter);
};

/// Rows and columns of the picture that a map is for.
using MapSize = std::array<std::int64_t, 2>;

struct SegmentationOptions {
  double threshold = 0.5;         ///< a query below that probability is no segment
  double maskThreshold = 0.5;     ///< a pixel below that is not of a mask
  double overlapThreshold = 0.8;  ///< share of its mask that a segment must keep
  std::set<std::int64_t> fused;   ///< classes of which a picture has one segment at most
  /// For each picture; empty: the size of the masks. Another number than pictures is an Error.
  std::vector<MapSize> sizes;
};

struct Segment {
  std::int64_t id = 0;  ///< in the map
  std::int64_t label = 0;
  bool fused = false;  ///< its class is one of those that are fused
  double score = 0;    ///< rounded to six decimals
};

struct SegmentMap {
  /// [height, width] int32, the segment of each pixel; what is in none is -1, but 0 in a panoptic
  /// map with segments (as transformers has it).
  at::Tensor map;
  std::vector<Segment> segments;
  /// The segments' own masks [height, width] bool, of Mask2Former's and MaskFormer's instances,
  /// which may overlap; empty otherwise.
  std::vector<at::Tensor> masks;
};

/// One map for each picture: every pixel belongs to one segment at most.
std::vector<SegmentMap> panopticSegments(const MaskScores& scores, Segmenter segmenter,
                                         const SegmentationOptions& options);

/// One map for each picture, of single things.
std::vector<SegmentMap> instanceSegments(const MaskScores& scores, Segmenter segmenter,
                                         const SegmentationOptions& options);

/// A class for each pixel.
struct SemanticMap {
  at::Tensor map;     ///< [height, width] int64
  at::Tensor scores;  ///< [classes, height, width]
};
/// From scores of each class [batch, classes, height, width] (SegFormer, UPerNet and others).
std::vector<SemanticMap> semanticMaps(const at::Tensor& logits, const std::vector<MapSize>& sizes);
std::vector<SemanticMap> semanticMaps(const MaskScores& scores, Segmenter segmenter,
                                      const std::vector<MapSize>& sizes);

/// COCO's uncompressed run lengths as transformers counts them: start (from 1) and length of each
/// run of true in `mask` [height, width], row by row.
std::vector<std::int64_t> runLengths(const at::Tensor& mask);

}  // namespace orrery::pipelines
