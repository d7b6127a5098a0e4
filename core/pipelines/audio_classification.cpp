#include "core/pipelines/class_scores.h"
#include "core/pipelines/labels.h"
#include "core/pipelines/sound_model.h"
#include "core/pipelines/sound_tasks.h"
#include "core/pipelines/vision_model.h"

namespace orrery::pipelines {
namespace {

struct AudioClassificationOptions {
  std::optional<int> topK = 5;
  std::optional<ScoreFunction> functionToApply;

  static void fields(auto& f, auto& self) {
    f("top_k", self.topK, "Labels to return, the likeliest first; null: all", 1);
    f("function_to_apply", self.functionToApply,
      "From the model's numbers to scores; null: softmax");
  }
};

class AudioClassification : public Pipeline {
 public:
  explicit AudioClassification(PipelineParts parts) : model_(std::move(parts)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<AudioClassificationOptions>(given);
    const models::TensorMap inputs = model_.prepare(soundOf(input), context);
    context.cancel.throwIfCancelled();
    const at::Tensor logits = requireOutput(model_.forward(inputs), "logits")[0].to(at::kFloat);
    const at::Tensor scores =
        applyFunction(options.functionToApply.value_or(ScoreFunction::kSoftmax), logits);
    Classification result;
    result.labels = bestLabels(scores, options.topK,
                               [&](std::int64_t index) { return labelOf(model_.config(), index); });
    return result;
  }

 private:
  SoundModel model_;
};

}  // namespace

void addAudioClassification(TaskRegistry& registry) {
  registry.add({.name = "audio-classification",
                .aliases = {},
                .description = "Says which labels fit a sound",
                .classEndings = {"ForSequenceClassification", "ForAudioClassification"},
                .takesSounds = true,
                .modelTypes = {"audio-spectrogram-transformer", "data2vec-audio", "hubert",
                               "wav2vec2", "wav2vec2-bert", "wavlm", "whisper"},
                .options = describeOptions<AudioClassificationOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<AudioClassification>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
