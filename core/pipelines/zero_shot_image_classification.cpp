#include <algorithm>

#include "core/models/model_config.h"
#include "core/pipelines/vision_model.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::pipelines {
namespace {

constexpr std::string_view kPlace = "{}";    // of the label in the template
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

std::vector<std::string> sentences(const ZeroShotOptions& options) {
  if (options.candidateLabels.empty())
    throw Error(ErrorKind::kInvalidInput,
                std::string("options.candidate_labels: expected at least one label"));
  const auto place = options.hypothesisTemplate.find(kPlace);
  if (place == std::string::npos)
    throw Error(ErrorKind::kInvalidInput,
                "options.hypothesis_template: {} has no {{}} for the label",
                quoted(options.hypothesisTemplate));
  std::vector<std::string> result;
  for (const std::string& label : options.candidateLabels)
    result.push_back(std::string(options.hypothesisTemplate).replace(place, kPlace.size(), label));
  return result;
}

/// Rows of one length as a tensor [texts, tokens].
template <class Member>
at::Tensor rows(const std::vector<tokenizers::Encoding>& batch, Member member) {
  const auto length = static_cast<std::int64_t>(batch.front().size());
  at::Tensor result = at::empty({static_cast<std::int64_t>(batch.size()), length}, at::kLong);
  std::int64_t* to = result.data_ptr<std::int64_t>();
  for (const auto& encoding : batch)
    to = std::copy((encoding.*member).begin(), (encoding.*member).end(), to);
  return result;
}

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
    addTexts(sentences(options), features.tensors);
    const at::Tensor logits =
        requireOutput(vision_.forward(features), "logits_per_image")[0].to(at::kFloat);
    const at::Tensor scores = siglip_ ? logits.sigmoid() : logits.softmax(-1);
    Classification result;
    for (std::size_t i = 0; i < options.candidateLabels.size(); ++i)
      result.labels.push_back(
          {options.candidateLabels[i], scores[static_cast<std::int64_t>(i)].item<float>()});
    std::ranges::stable_sort(result.labels, std::greater(), &Classification::Label::score);
    return result;
  }

 private:
  void addTexts(const std::vector<std::string>& texts, models::TensorMap& inputs) const {
    const auto& settings = tokenizer_->settings();
    tokenizers::EncodeOptions how;
    how.padding =
        tokenizers::Padding{.side = settings.paddingSide, .id = tokenizer_->padId().value_or(0)};
    if (siglip_) {
      how.padding->length = kSiglipLength;
      how.truncation = tokenizers::Truncation{.maxLength = kSiglipLength};
    }
    const auto batch = tokenizer_->encodeBatch(texts, how);
    inputs["input_ids"] = rows(batch, &tokenizers::Encoding::ids);
    const auto& names = settings.modelInputNames;
    const bool masked = names.empty() || std::ranges::count(names, "attention_mask") > 0;
    if (masked) inputs["attention_mask"] = rows(batch, &tokenizers::Encoding::attentionMask);
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
