// SAM's automatic masks: a grid of points over the picture, and over parts of it if asked, gives
// masks; those that the model is sure of and that no better one covers stay.

#include <algorithm>
#include <cmath>

#include "core/base/progress.h"
#include "core/media/decode.h"
#include "core/pipelines/detection.h"
#include "core/pipelines/mask_predictor.h"
#include "core/pipelines/segmentation.h"

namespace orrery::pipelines {
namespace {

using Box = std::array<int, 4>;  // left, top, right, bottom

struct MaskGenerationOptions {
  std::optional<int> pointsPerBatch = 64;
  int pointsPerCrop = 32, cropsLayers = 0, pointsDownscale = 1;
  double cropOverlap = 512.0 / 1500;
  double expectedOverlap = 0.88, stability = 0.95, stabilityOffset = 1, maskThreshold = 0;
  double mostOverlap = 0.7;
  bool withRuns = false, withBoxes = false;

  static void fields(auto& f, auto& self) {
    f("points_per_batch", self.pointsPerBatch, "Points that are asked about at once; none: all", 1);
    f("points_per_crop", self.pointsPerCrop, "Points along each side of the grid", 1);
    f("crops_n_layers", self.cropsLayers,
      "How often to ask again about parts of the picture, 4 of them, 16, …");
    f("crop_overlap_ratio", self.cropOverlap,
      "How much parts overlap, of the picture's short side");
    f("crop_n_points_downscale_factor", self.pointsDownscale,
      "By what the points of a side become fewer from layer to layer", 1);
    f("pred_iou_thresh", self.expectedOverlap, "Least quality of a mask that the model expects");
    f("stability_score_thresh", self.stability,
      "Least part of a mask that a shifted threshold leaves");
    f("stability_score_offset", self.stabilityOffset, "That shift");
    f("mask_threshold", self.maskThreshold, "Raw value above which a pixel is part of a mask");
    f("crops_nms_thresh", self.mostOverlap, "Most overlap with the box of a better mask");
    f("output_rle_mask", self.withRuns, "Give each mask's run lengths as numbers, too");
    f("output_bboxes_mask", self.withBoxes, "Give the box of each mask, too");
  }
};

/// A part of the picture that is asked about by itself.
struct Crop {
  Box box{};
  int layer = 0;

  media::Size size() const { return {box[3] - box[1], box[2] - box[0]}; }
};

/// The picture, and for each layer its parts, column by column.
std::vector<Crop> cropsOf(media::Size picture, const MaskGenerationOptions& options) {
  constexpr int kMostLayers = 5;  // 1365 crops
  if (options.cropsLayers > kMostLayers)
    throw Error(ErrorKind::kInvalidInput, "expected at most {}, found {}", kMostLayers,
                options.cropsLayers)
        .in("options.crops_n_layers");
  std::vector<Crop> crops{{{0, 0, picture.width, picture.height}, 0}};
  for (int layer = 1; layer <= options.cropsLayers; ++layer) {
    const int side = 1 << layer;
    const int overlap = static_cast<int>(options.cropOverlap *
                                         std::min(picture.height, picture.width) * (2.0 / side));
    const auto edge = [&](int whole) { return (overlap * (side - 1) + whole + side - 1) / side; };
    const int width = edge(picture.width), height = edge(picture.height);
    for (int column = 0; column < side; ++column)
      for (int row = 0; row < side; ++row) {
        const int left = (width - overlap) * column, top = (height - overlap) * row;
        crops.push_back({{left, top, std::min(left + width, picture.width),
                          std::min(top + height, picture.height)},
                         layer});
      }
  }
  return crops;
}

media::Image cut(const media::Image& picture, const Crop& crop) {
  media::Image part(crop.size(), picture.channels);
  for (int y = 0; y < part.height; ++y)
    std::copy_n(picture.row(crop.box[1] + y) + crop.box[0] * picture.channels, part.rowBytes(),
                part.row(y));
  return part;
}

int pointsPerSide(const MaskGenerationOptions& options, int layer) {
  const double points = options.pointsPerCrop / std::pow(options.pointsDownscale, layer);
  if (points < 1)
    throw Error(ErrorKind::kInvalidInput, "leaves no point in layer {}", layer)
        .in("options.crop_n_points_downscale_factor");
  return static_cast<int>(points);
}

/// The middles of `perSide` x `perSide` equal fields: [points, 2] in pixels.
at::Tensor grid(int perSide, media::Size size) {
  const double offset = 1 / (2.0 * perSide);
  const at::Tensor side = at::linspace(offset, 1 - offset, perSide, at::kFloat);
  const auto axes = at::meshgrid({side, side}, "ij");
  return at::stack({axes[1] * size.width, axes[0] * size.height}, -1).flatten(0, 1);
}

struct FoundMask {
  RleMask mask;
  float score = 0;
  Box box{};
};

/// The box, in the picture, of a mask of a crop; an empty one is at its first pixel.
Box boxOf(const RleMask& mask, const Crop& crop) {
  const auto [left, top, width, height] = rleBox(mask);
  const int x = crop.box[0] + left, y = crop.box[1] + top;
  return {x, y, x + std::max(width - 1, 0), y + std::max(height - 1, 0)};
}

/// Whether a box of the picture ends at an edge of the crop that is none of the picture: what it
/// is around may go on there.
bool isCutOff(const Box& box, const Crop& crop, media::Size picture) {
  constexpr int kNear = 20;  // pixels
  const Box whole{0, 0, picture.width, picture.height};
  for (std::size_t i = 0; i < 4; ++i)
    if (std::abs(box[i] - crop.box[i]) <= kNear && std::abs(box[i] - whole[i]) > kNear) return true;
  return false;
}

float overlap(const Box& a, const Box& b) {
  const auto area = [](const Box& box) {
    return static_cast<float>(box[2] - box[0]) * static_cast<float>(box[3] - box[1]);
  };
  const int width = std::min(a[2], b[2]) - std::max(a[0], b[0]);
  const int height = std::min(a[3], b[3]) - std::max(a[1], b[1]);
  const float both =
      static_cast<float>(std::max(width, 0)) * static_cast<float>(std::max(height, 0));
  return both / (area(a) + area(b) - both);
}

/// The masks whose boxes overlap no better one's too much, best first.
std::vector<FoundMask> withoutDoubles(std::vector<FoundMask> found, double most) {
  std::ranges::stable_sort(found, std::greater(), &FoundMask::score);
  std::vector<FoundMask> kept;
  for (FoundMask& one : found)
    if (std::ranges::none_of(
            kept, [&](const FoundMask& better) { return overlap(better.box, one.box) > most; }))
      kept.push_back(std::move(one));
  return kept;
}

GeneratedMasks resultOf(std::vector<FoundMask> found, const MaskGenerationOptions& options) {
  GeneratedMasks result;
  result.withRuns = options.withRuns;
  if (options.withBoxes) result.boxes.emplace();
  for (FoundMask& one : found) {
    result.masks.push_back(std::move(one.mask));
    result.scores.push_back(one.score);
    if (result.boxes) result.boxes->push_back(one.box);
  }
  return result;
}

class MaskGeneration : public Pipeline {
 public:
  explicit MaskGeneration(PipelineParts parts) : model_(std::move(parts)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<MaskGenerationOptions>(given);
    const media::Image picture = media::readImage(input.as<Picture>().file);
    const auto crops = cropsOf(picture.size(), options);
    double points = 0;
    for (const Crop& crop : crops) points += std::pow(pointsPerSide(options, crop.layer), 2);
    ProgressMeter meter("masking", "points", points, context.progress);
    std::vector<FoundMask> found;
    for (const Crop& crop : crops) addMasks(picture, crop, options, context.cancel, meter, found);
    meter.finish();
    return resultOf(withoutDoubles(std::move(found), options.mostOverlap), options);
  }

 private:
  void addMasks(const media::Image& picture, const Crop& crop, const MaskGenerationOptions& options,
                const CancelToken& cancel, ProgressMeter& meter,
                std::vector<FoundMask>& found) const {
    const bool isWhole = crop.size() == picture.size();
    const EmbeddedPicture part = model_.embed(isWhole ? picture : cut(picture, crop), cancel);
    const at::Tensor points =
        part.toInput(grid(pointsPerSide(options, crop.layer), crop.size())).view({1, -1, 1, 2});
    const auto add = [&](const at::Tensor& inside, float score) {
      RleMask mask = maskOfPixels(inside);
      const Box box = boxOf(mask, crop);
      if (isCutOff(box, crop, picture.size())) return;
      if (!isWhole) mask = maskOfPixels(inPicture(inside, crop, picture.size()));
      found.push_back({std::move(mask), score, box});
    };
    for (const at::Tensor& some :
         points.split(options.pointsPerBatch.value_or(points.size(1)), 1)) {
      cancel.throwIfCancelled();
      addSure(model_.predict(part, {.points = some}), part, options, add);
      meter.advanceTo(meter.current().done + static_cast<double>(some.size(1)));
    }
  }

  /// Calls add(mask [height, width] bool, score) for the masks that both the model and a shifted
  /// threshold speak for. Those that it expects too little of never take the picture's size, the
  /// others some at a time.
  template <class Add>
  static void addSure(const models::vision::SamMasks& masks, const EmbeddedPicture& picture,
                      const MaskGenerationOptions& options, const Add& add) {
    constexpr std::int64_t kAtOnce = 4;
    at::Tensor scores = masks.scores.flatten().to(at::kFloat);
    at::Tensor logits = masks.logits[0].flatten(0, 1).to(at::kFloat);
    if (options.expectedOverlap > 0) {
      const at::Tensor kept = scores.gt(options.expectedOverlap);
      scores = scores.index({kept});
      logits = logits.index({kept});
    }
    const double threshold = options.maskThreshold, offset = options.stabilityOffset;
    for (std::int64_t first = 0; first < scores.size(0); first += kAtOnce) {
      const at::Tensor some = logits.slice(0, first, std::min(first + kAtOnce, scores.size(0)));
      const at::Tensor values =
          masksOfPicture(some.unsqueeze(0), picture.side, picture.resized, picture.original)[0];
      const at::Tensor stability =
          areas(values, threshold + offset) / areas(values, threshold - offset);
      const at::Tensor sure = stability.gt(options.stability);
      for (std::int64_t i = 0; i < values.size(0); ++i)
        if (options.stability <= 0 || sure[i].item<bool>())
          add(values[i].gt(threshold), scores[first + i].item<float>());
    }
  }

  /// Pixels above a threshold, of each of masks [count, height, width].
  static at::Tensor areas(const at::Tensor& masks, double threshold) {
    return masks.gt(threshold).sum({1, 2}).to(at::kFloat);
  }

  static at::Tensor inPicture(const at::Tensor& inside, const Crop& crop, media::Size picture) {
    at::Tensor whole = at::zeros({picture.height, picture.width}, at::kBool);
    whole.slice(0, crop.box[1], crop.box[3]).slice(1, crop.box[0], crop.box[2]).copy_(inside);
    return whole;
  }

  MaskPredictor model_;
};

}  // namespace

void addMaskGeneration(TaskRegistry& registry) {
  registry.add({.name = "mask-generation",
                .aliases = {},
                .description = "Masks of everything in a picture",
                .classEndings = {"Model"},
                .takesPictures = true,
                .modelTypes = {"sam"},
                .options = describeOptions<MaskGenerationOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<MaskGeneration>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
