#include "core/models/model_config.h"
#include "core/pipelines/vision_model.h"
#include "core/pipelines/zero_shot.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::pipelines {
namespace {

constexpr std::uint32_t kSiglipLength = 64;  // tokens that SigLIP was trained with, always

struct ZeroShotOptions {
  std::vector<std::string> candidateLabels;
  std::string hypothesisTemplate = "This is a photo of {}.";

  static void fields(auto& f, auto& self) {
    f("candidate_labels", self.candidateLabels, "The labels to choose from");
    f("hypothesis_template", self.hypothesisTemplate,
      "The sentence for a label, which takes the place of {}");
  }
};

class ZeroShotImageClassification : public Pipeline {
 public:
  explicit ZeroShotImageClassification(PipelineParts parts)
      : vision_(std::move(parts)),
        tokenizer_(tokenizers::Tokenizer::load(vision_.checkpoint().folderOrFile)),
        siglip_(models::modelTypeOf(vision_.config()).starts_with("siglip")) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<ZeroShotOptions>(given);
    processors::Features features = vision_.prepare(input.as<Picture>());
    context.cancel.throwIfCancelled();
    addTexts(*tokenizer_, labelSentences(options.candidateLabels, options.hypothesisTemplate),
             howToEncode(), features.tensors);
    const at::Tensor logits =
        requireOutput(vision_.forward(features), "logits_per_image")[0].to(at::kFloat);
    return rankedLabels(options.candidateLabels, siglip_ ? logits.sigmoid() : logits.softmax(-1));
  }

 private:
  tokenizers::EncodeOptions howToEncode() const {
    if (!siglip_) return {};
    return {.truncation = tokenizers::Truncation{.maxLength = kSiglipLength},
            .padding = tokenizers::Padding{.length = kSiglipLength,
                                           .side = tokenizer_->settings().paddingSide,
                                           .id = tokenizer_->padId().value_or(0)}};
  }

  VisionModel vision_;
  std::shared_ptr<const tokenizers::Tokenizer> tokenizer_;
  bool siglip_;
};

}  // namespace

void addZeroShotImageClassification(TaskRegistry& registry) {
  registry.add({.name = "zero-shot-image-classification",
                .aliases = {},
                .description = "Says which of the given labels fit a picture",
                .classEndings = {"Model"},
                .takesPictures = true,
                .modelTypes = {"clip", "siglip", "siglip2"},
                .options = describeOptions<ZeroShotOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<ZeroShotImageClassification>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
