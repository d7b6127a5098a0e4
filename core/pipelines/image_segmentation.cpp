#include "core/pipelines/segmentation.h"
#include "core/pipelines/vision_model.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::pipelines {

enum class SegmentationKind { kSemantic, kInstance, kPanoptic };
template <>
inline constexpr std::array<std::string_view, 3> kWords<SegmentationKind>{"semantic", "instance",
                                                                          "panoptic"};

namespace {

struct ImageSegmentationOptions {
  std::optional<SegmentationKind> subtask;
  double threshold = 0.9, maskThreshold = 0.5, overlapThreshold = 0.5;

  static void fields(auto& f, auto& self) {
    f("subtask", self.subtask,
      "What segments are: areas of a class, single things, or both; none: panoptic where the model "
      "can, else semantic");
    f("threshold", self.threshold, "Least probability of a segment (instance, panoptic)");
    f("mask_threshold", self.maskThreshold, "Least probability of a pixel of a segment");
    f("overlap_mask_area_threshold", self.overlapThreshold,
      "Share of its mask that a segment must keep beside the others");
  }
};

/// Whose post-processing transformers runs: that of the image processor. Nothing: it knows semantic
/// maps from scores of each pixel only.
std::optional<Segmenter> segmenterOf(std::string_view processor) {
  if (processor == "DetrImageProcessor") return Segmenter::kDetr;
  if (processor == "Mask2FormerImageProcessor") return Segmenter::kMask2Former;
  if (processor == "MaskFormerImageProcessor") return Segmenter::kMaskFormer;
  if (processor == "OneFormerImageProcessor") return Segmenter::kOneFormer;
  for (const auto* name : {"BeitImageProcessor", "DPTImageProcessor", "MobileNetV2ImageProcessor",
                           "MobileViTImageProcessor", "SegformerImageProcessor"})
    if (processor == name) return std::nullopt;
  throw Error(ErrorKind::kUnsupported, "{} does not make segments of what a model gives", processor)
      .in("preprocessor_config.json");
}

class ImageSegmentation : public Pipeline {
 public:
  explicit ImageSegmentation(PipelineParts parts)
      : vision_(std::move(parts)), segmenter_(segmenterOf(vision_.processor().type())) {
    if (segmenter_ == Segmenter::kOneFormer)
      tokenizer_ = tokenizers::Tokenizer::load(vision_.checkpoint().folderOrFile);
  }

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<ImageSegmentationOptions>(given);
    const SegmentationKind kind = kindOf(options);
    processors::Features features = vision_.prepare(input.as<Picture>());
    if (tokenizer_) features.tensors["task_inputs"] = taskInputs(kind);
    context.cancel.throwIfCancelled();
    const models::TensorMap outputs = vision_.forward(features);
    context.cancel.throwIfCancelled();
    const media::Size size = features.originalSizes.front();
    const std::vector<MapSize> sizes{{size.height, size.width}};
    if (!segmenter_) return areas(semanticMaps(requireOutput(outputs, "logits"), sizes).front());
    const MaskScores scores = MaskScores::of(outputs, *segmenter_);
    if (kind == SegmentationKind::kSemantic)
      return areas(semanticMaps(scores, *segmenter_, sizes).front());
    const auto segments = kind == SegmentationKind::kPanoptic ? panopticSegments : instanceSegments;
    return parts(scores, segments(scores, *segmenter_,
                                  {.threshold = options.threshold,
                                   .maskThreshold = options.maskThreshold,
                                   .overlapThreshold = options.overlapThreshold,
                                   .fused = {},
                                   .sizes = sizes})
                             .front());
  }

 private:
  SegmentationKind kindOf(const ImageSegmentationOptions& options) const {
    if (segmenter_) return options.subtask.value_or(SegmentationKind::kPanoptic);
    if (options.subtask.value_or(SegmentationKind::kSemantic) != SegmentationKind::kSemantic)
      throw Error(ErrorKind::kInvalidInput,
                  "options.subtask: this model does \"semantic\" only, found \"{}\"",
                  kWords<SegmentationKind>[static_cast<std::size_t>(*options.subtask)]);
    return SegmentationKind::kSemantic;
  }

  /// What OneFormer is told to do, as ids [1, task_seq_len].
  at::Tensor taskInputs(SegmentationKind kind) const {
    const auto length = vision_.config().get<std::int64_t>("task_seq_len", 77);
    tokenizers::EncodeOptions how;
    how.padding = tokenizers::Padding{.length = static_cast<std::uint32_t>(length),
                                      .side = tokenizer_->settings().paddingSide,
                                      .id = tokenizer_->padId().value_or(0)};
    const auto task = tokenizer_->encode(
        fmt::format("the task is {}", kWords<SegmentationKind>[static_cast<std::size_t>(kind)]),
        how);
    return at::tensor(task.ids, at::kLong).unsqueeze(0);
  }

  std::vector<PictureSegment> areas(const at::Tensor& map) const {
    std::vector<PictureSegment> result;
    for (auto& [label, mask] : masksOfMap(map))
      result.push_back({{}, vision_.label(label), std::move(mask)});
    return result;
  }

  std::vector<PictureSegment> parts(const MaskScores& scores, const SegmentMap& found) const {
    const auto masks = masksOfMap(found.map);
    std::vector<PictureSegment> result;
    for (const Segment& one : found.segments) {
      PictureSegment& segment = result.emplace_back();
      segment.score = one.score;
      segment.label = vision_.label(one.label);
      const auto mask = masks.find(one.id);  // others may lie on all of it
      segment.mask = mask != masks.end() ? mask->second : maskOfPixels(at::zeros_like(found.map));
      const at::Tensor values = scores.masks[0][one.query].sigmoid().to(at::kFloat).contiguous();
      segment.rows = values.size(0);
      segment.columns = values.size(1);
      segment.values.assign(values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
    }
    return result;
  }

  VisionModel vision_;
  std::optional<Segmenter> segmenter_;
  std::shared_ptr<const tokenizers::Tokenizer> tokenizer_;  ///< OneFormer's; null for others
};

}  // namespace

void addImageSegmentation(TaskRegistry& registry) {
  registry.add(
      {.name = "image-segmentation",
       .aliases = {},
       .description = "Cuts a picture into areas or things: what they are and a mask of each",
       .classEndings = {"ForSemanticSegmentation", "ForInstanceSegmentation",
                        "ForUniversalSegmentation", "ForSegmentation"},
       .takesPictures = true,
       .options = describeOptions<ImageSegmentationOptions>(),
       .make = [](PipelineParts parts) {
         return std::make_unique<ImageSegmentation>(std::move(parts));
       }});
}

}  // namespace orrery::pipelines
