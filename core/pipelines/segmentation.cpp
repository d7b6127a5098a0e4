#include "core/pipelines/segmentation.h"

#include <ATen/ops/_upsample_bilinear2d_aa.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/nn/weights.h"

namespace orrery::pipelines {
namespace {

/// The size in which Mask2Former's masks are looked at, whatever the picture's.
constexpr MapSize kMask2FormerSize{384, 384};

double rounded(double score) {
  return std::nearbyint(score * 1e6) / 1e6;
}

/// maps [count, height, width] at another size. OneFormer's are averaged where they shrink.
at::Tensor resized(const at::Tensor& maps, const MapSize& size, bool average) {
  const at::Tensor batch = maps.unsqueeze(0);
  return (average ? at::_upsample_bilinear2d_aa(batch, size, /*align_corners=*/false)
                  : at::upsample_bilinear2d(batch, size, /*align_corners=*/false))
      .squeeze(0);
}

at::Tensor masksOf(const MaskScores& scores, Segmenter segmenter) {
  if (segmenter != Segmenter::kMask2Former) return scores.masks;
  return at::upsample_bilinear2d(scores.masks, kMask2FormerSize, /*align_corners=*/false);
}

std::optional<MapSize> sizeOf(const std::vector<MapSize>& sizes, std::int64_t index) {
  if (sizes.empty()) return std::nullopt;
  return sizes[static_cast<std::size_t>(index)];
}

void requireSizes(const std::vector<MapSize>& sizes, std::int64_t batch) {
  if (!sizes.empty() && static_cast<std::int64_t>(sizes.size()) != batch)
    throw Error(ErrorKind::kInvalidInput, "{} sizes were given for {} pictures", sizes.size(),
                batch);
  for (const auto& [height, width] : sizes)
    if (height < 1 || width < 1)
      throw Error(ErrorKind::kInvalidInput, "a map of {} × {} pixels was asked for", height, width);
}

/// The queries of one picture that may become segments.
struct Candidates {
  at::Tensor masks;    ///< [count, height, width]
  at::Tensor scores;   ///< [count]
  at::Tensor labels;   ///< [count]
  at::Tensor queries;  ///< [count], whose masks these are

  Candidates where(const at::Tensor& keep) const {
    return {masks.index({keep}), scores.index({keep}), labels.index({keep}), queries.index({keep})};
  }
};

/// Maps are brought to a picture's size so many at a time: a hundred of them are gigabytes.
constexpr std::int64_t kAtOnce = 8;

/// Whose value is the greatest at each pixel, among maps that come some at a time. Of equals, the
/// first counts.
class Greatest {
 public:
  /// maps [count, height, width]
  void add(const at::Tensor& maps) {
    const auto [most, which] = maps.max(0);
    if (seen_ == 0) {
      best_ = most;
      owner_ = which;
    } else {
      const at::Tensor better = most.gt(best_);
      best_ = at::where(better, most, best_);
      owner_ = at::where(better, which + seen_, owner_);
    }
    seen_ += maps.size(0);
  }
  const at::Tensor& owner() const { return owner_; }

 private:
  at::Tensor best_, owner_;  ///< [height, width]
  std::int64_t seen_ = 0;
};

SegmentMap nothing(const Candidates& none, const std::optional<MapSize>& size) {
  const MapSize own{none.masks.size(1), none.masks.size(2)};
  return {at::full(size.value_or(own), -1, at::kInt), {}, {}};
}

/// Gives each pixel to the query that claims it most; queries that lose most of their mask fall
/// out.
SegmentMap contest(const Candidates& queries, Segmenter segmenter,
                   const SegmentationOptions& options, const std::optional<MapSize>& size) {
  const std::int64_t count = queries.masks.size(0);
  Greatest greatest;
  std::vector<at::Tensor> claims;
  for (std::int64_t first = 0; first < count; first += kAtOnce) {
    const auto some = [&](const at::Tensor& x) {
      return x.slice(0, first, std::min(first + kAtOnce, count));
    };
    at::Tensor masks = some(queries.masks);
    if (size) masks = resized(masks, *size, segmenter == Segmenter::kOneFormer);
    masks = masks * some(queries.scores).view({-1, 1, 1});
    claims.push_back(masks.ge(options.maskThreshold).sum({1, 2}));
    greatest.add(masks);
  }
  const at::Tensor claimed = at::cat(claims), &owner = greatest.owner();
  const at::Tensor areas = owner.flatten().bincount({}, count);
  at::Tensor ids = at::zeros({count}, at::kInt);
  SegmentMap result;
  std::map<std::int64_t, std::int64_t> known;  // the one segment of a fused class
  std::int64_t id = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    const auto area = areas[k].item<std::int64_t>(), claim = claimed[k].item<std::int64_t>();
    const auto share = static_cast<float>(area) / static_cast<float>(claim);
    if (area == 0 || claim == 0 || !(share > options.overlapThreshold)) continue;
    const auto label = queries.labels[k].item<std::int64_t>();
    const bool fused = options.fused.contains(label);
    const auto before = known.find(label);
    id = before == known.end() ? id + 1 : before->second;
    ids[k] = id;
    result.segments.push_back({id, label, fused, rounded(queries.scores[k].item<double>()),
                               queries.queries[k].item<std::int64_t>()});
    if (fused) known[label] = id;
  }
  result.map = ids.index({owner});
  return result;
}

/// DETR's instances and everybody's panoptic map: the best class of each query.
std::vector<SegmentMap> bestClasses(const MaskScores& scores, Segmenter segmenter,
                                    const SegmentationOptions& options) {
  requireSizes(options.sizes, scores.classes.size(0));
  const std::int64_t none = scores.classes.size(2) - 1;
  const at::Tensor masks = masksOf(scores, segmenter).sigmoid();
  const auto [best, label] = scores.classes.softmax(-1).max(-1);
  std::vector<SegmentMap> result;
  for (std::int64_t i = 0; i < best.size(0); ++i) {
    const Candidates all{masks[i], best[i], label[i], at::arange(best.size(1), at::kLong)};
    const Candidates kept =
        all.where(all.labels.ne(none).logical_and(all.scores.gt(options.threshold)));
    const auto size = sizeOf(options.sizes, i);
    result.push_back(kept.masks.size(0) == 0 ? nothing(kept, size)
                                             : contest(kept, segmenter, options, size));
  }
  return result;
}

/// As many pairs of a query and a class as there are queries, those with the best scores. A query
/// may be among them with several classes.
Candidates bestPairs(const at::Tensor& classes, const at::Tensor& masks) {
  const std::int64_t queries = classes.size(0), labels = classes.size(1) - 1;
  const at::Tensor scores = classes.softmax(-1).slice(-1, 0, labels).flatten();
  const auto [best, index] = scores.topk(queries, -1, /*largest=*/true, /*sorted=*/false);
  const at::Tensor of = index.div(labels, "floor");
  return {masks.index({of}), best, index.remainder(labels), of};
}

/// Mask2Former's and MaskFormer's instances: each keeps its mask, and later ones lie on top.
SegmentMap overlapping(const Candidates& pairs, const SegmentationOptions& options,
                       const std::optional<MapSize>& size) {
  at::Tensor inside = pairs.masks.gt(0).to(at::kFloat);
  const at::Tensor sure =
      (pairs.masks.sigmoid() * inside).flatten(1).sum(1) / (inside.flatten(1).sum(1) + 1e-6);
  const at::Tensor scores = pairs.scores * sure;
  if (size) inside = at::upsample_nearest2d(inside.unsqueeze(0), *size).squeeze(0);
  SegmentMap result{at::full({inside.size(1), inside.size(2)}, -1, at::kInt), {}, {}};
  for (std::int64_t k = 0; k < inside.size(0); ++k) {
    const auto score = scores[k].item<double>();
    const at::Tensor mask = inside[k].ne(0);
    if (score < options.threshold || !mask.any().item<bool>()) continue;
    const auto id = static_cast<std::int64_t>(result.segments.size());
    result.map.masked_fill_(mask, id);
    result.segments.push_back({id, pairs.labels[k].item<std::int64_t>(), false, rounded(score),
                               pairs.queries[k].item<std::int64_t>()});
    result.masks.push_back(mask);
  }
  return result;
}

/// The best class of each pixel, of scores [classes, height, width].
at::Tensor semanticMap(const at::Tensor& scores, const std::optional<MapSize>& size, bool average) {
  Greatest greatest;
  for (const at::Tensor& some : scores.split(kAtOnce))
    greatest.add(size ? resized(some, *size, average) : some);
  return greatest.owner();
}

}  // namespace

MaskScores MaskScores::of(const models::TensorMap& outputs, Segmenter segmenter) {
  const bool detr = segmenter == Segmenter::kDetr;
  const std::string classes = detr ? "logits" : "class_queries_logits";
  const std::string masks = detr ? "pred_masks" : "masks_queries_logits";
  for (const auto& name : {classes, masks})
    if (!outputs.contains(name))
      throw Error(ErrorKind::kInvalidInput, "the model gives no {}", name);
  MaskScores scores{outputs.at(classes), outputs.at(masks)};
  if (scores.classes.dim() != 3 || scores.masks.dim() != 4 || scores.classes.size(2) < 2 ||
      scores.classes.sizes().slice(0, 2) != scores.masks.sizes().slice(0, 2))
    throw Error(ErrorKind::kInvalidInput,
                "expected classes [batch, queries, classes] and masks [batch, queries, height, "
                "width], found {} and {}",
                nn::shapeText(scores.classes.sizes().vec()),
                nn::shapeText(scores.masks.sizes().vec()));
  return scores;
}

std::vector<SegmentMap> panopticSegments(const MaskScores& scores, Segmenter segmenter,
                                         const SegmentationOptions& options) {
  return bestClasses(scores, segmenter, options);
}

std::vector<SegmentMap> instanceSegments(const MaskScores& scores, Segmenter segmenter,
                                         const SegmentationOptions& options) {
  SegmentationOptions apart = options;
  apart.fused.clear();
  if (segmenter == Segmenter::kDetr) return bestClasses(scores, segmenter, apart);
  requireSizes(options.sizes, scores.classes.size(0));
  const at::Tensor masks = masksOf(scores, segmenter);
  std::vector<SegmentMap> result;
  for (std::int64_t i = 0; i < masks.size(0); ++i) {
    const Candidates pairs = bestPairs(scores.classes[i], masks[i]);
    const auto size = sizeOf(options.sizes, i);
    if (segmenter != Segmenter::kOneFormer) {
      result.push_back(overlapping(pairs, options, size));
      continue;
    }
    // OneFormer weighs its masks' raw scores, not their probabilities.
    const Candidates kept = pairs.where(pairs.scores.gt(options.threshold));
    result.push_back(kept.masks.size(0) == 0 ? nothing(kept, size)
                                             : contest(kept, segmenter, apart, size));
  }
  return result;
}

std::vector<at::Tensor> semanticMaps(const at::Tensor& logits, const std::vector<MapSize>& sizes) {
  requireSizes(sizes, logits.size(0));
  std::vector<at::Tensor> result;
  for (std::int64_t i = 0; i < logits.size(0); ++i)
    result.push_back(semanticMap(logits[i], sizeOf(sizes, i), /*average=*/false));
  return result;
}

std::vector<at::Tensor> semanticMaps(const MaskScores& scores, Segmenter segmenter,
                                     const std::vector<MapSize>& sizes) {
  requireSizes(sizes, scores.classes.size(0));
  const at::Tensor classes = scores.classes.softmax(-1).slice(-1, 0, scores.classes.size(2) - 1);
  const at::Tensor masks = masksOf(scores, segmenter).sigmoid();
  const at::Tensor maps = at::matmul(classes.transpose(1, 2), masks.flatten(2))
                              .view({masks.size(0), classes.size(2), masks.size(2), masks.size(3)});
  std::vector<at::Tensor> result;
  for (std::int64_t i = 0; i < maps.size(0); ++i)
    result.push_back(semanticMap(maps[i], sizeOf(sizes, i), segmenter == Segmenter::kOneFormer));
  return result;
}

std::map<std::int64_t, RleMask> masksOfMap(const at::Tensor& map) {
  const at::Tensor columns = map.t().to(at::kInt).contiguous();
  const auto total = static_cast<std::uint32_t>(columns.numel());
  const std::int32_t* values = columns.data_ptr<std::int32_t>();
  struct Runs {
    std::vector<std::uint32_t> lengths;
    std::uint32_t end = 0;
  };
  std::map<std::int32_t, Runs> all;
  for (std::uint32_t at = 0; at < total;) {
    const std::uint32_t start = at;
    while (at < total && values[at] == values[start]) ++at;
    if (values[start] < 0) continue;
    Runs& runs = all[values[start]];
    runs.lengths.insert(runs.lengths.end(), {start - runs.end, at - start});
    runs.end = at;
  }
  std::map<std::int64_t, RleMask> masks;
  for (auto& [value, runs] : all) {
    if (runs.end < total) runs.lengths.push_back(total - runs.end);
    masks[value] =
        rleFromRuns(runs.lengths, static_cast<int>(map.size(0)), static_cast<int>(map.size(1)));
  }
  return masks;
}

RleMask maskOfPixels(const at::Tensor& pixels) {
  const at::Tensor bytes = pixels.ne(0).to(at::kByte).contiguous();
  return rleFromPixels({bytes.data_ptr<std::uint8_t>(), static_cast<std::size_t>(bytes.numel())},
                       static_cast<int>(bytes.size(0)), static_cast<int>(bytes.size(1)));
}

}  // namespace orrery::pipelines
