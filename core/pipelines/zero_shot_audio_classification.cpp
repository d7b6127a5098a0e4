#include "core/pipelines/options.h"
#include "core/pipelines/sound_model.h"
#include "core/pipelines/sound_tasks.h"
#include "core/pipelines/vision_model.h"
#include "core/pipelines/zero_shot.h"

namespace orrery::pipelines {
namespace {

struct ZeroShotAudioOptions {
  std::vector<std::string> candidateLabels;
  std::string hypothesisTemplate = "This is a sound of {}.";

  static void fields(auto& f, auto& self) {
    f("candidate_labels", self.candidateLabels, "The labels to choose from");
    f("hypothesis_template", self.hypothesisTemplate,
      "The sentence for a label, which takes the place of {}");
  }
};

class ZeroShotAudioClassification : public Pipeline {
 public:
  explicit ZeroShotAudioClassification(PipelineParts parts)
      : model_(std::move(parts)),
        tokenizer_(tokenizers::Tokenizer::load(model_.checkpoint().folderOrFile)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<ZeroShotAudioOptions>(given);
    const auto sentences = labelSentences(options.candidateLabels, options.hypothesisTemplate);
    models::TensorMap inputs = model_.prepare(soundOf(input), context);
    context.cancel.throwIfCancelled();
    addTexts(*tokenizer_, sentences, {}, inputs);
    const at::Tensor logits =
        requireOutput(model_.forward(inputs), "logits_per_audio")[0].to(at::kFloat);
    return rankedLabels(options.candidateLabels, logits.softmax(-1));
  }

 private:
  SoundModel model_;
  std::shared_ptr<const tokenizers::Tokenizer> tokenizer_;
};

}  // namespace

void addZeroShotAudioClassification(TaskRegistry& registry) {
  registry.add({.name = "zero-shot-audio-classification",
                .aliases = {},
                .description = "Says which of the given labels fit a sound",
                .classEndings = {"Model"},
                .takesSounds = true,
                .modelTypes = {"clap"},
                .options = describeOptions<ZeroShotAudioOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<ZeroShotAudioClassification>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
