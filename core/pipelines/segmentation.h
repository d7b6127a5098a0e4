#pragma once

#include <ATen/ATen.h>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/base/rle.h"
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
  bool fused = false;      ///< its class is one of those that are fused
  double score = 0;        ///< rounded to six decimals
  std::int64_t query = 0;  ///< whose mask it is, among the model's
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

/// Maps [height, width] int64 of the best class of each pixel, one for each picture, from scores of
/// each class [batch, classes, height, width] (SegFormer, UPerNet and others).
std::vector<at::Tensor> semanticMaps(const at::Tensor& logits, const std::vector<MapSize>& sizes);
std::vector<at::Tensor> semanticMaps(const MaskScores& scores, Segmenter segmenter,
                                     const std::vector<MapSize>& sizes);

/// The mask of each value of a map [height, width] but -1, lowest first.
std::map<std::int64_t, RleMask> masksOfMap(const at::Tensor& map);
/// A mask [height, width] of which what is not 0 is part.
RleMask maskOfPixels(const at::Tensor& pixels);

}  // namespace orrery::pipelines
