#include "core/media/av/sound.h"
#include "core/pipelines/spectrogram_voice.h"
#include "core/processors/feature_extractor.h"

namespace orrery::pipelines {
namespace {

class VoiceConversion : public Pipeline {
 public:
  explicit VoiceConversion(PipelineParts parts)
      : parts_(std::move(parts)),
        extractor_(processors::FeatureExtractor::load(parts_.checkpoint.folderOrFile)),
        voice_(dynamic_cast<const models::speech::SpectrogramModel&>(*parts_.model)) {
    const JsonField config(parts_.checkpoint.config, "config.json");
    // transformers speaks in this voice where it is given none.
    silent_ = at::zeros({1, config.get("speaker_embedding_dim", std::int64_t{512})});
  }

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<VoiceOptions>(given);
    const std::vector<std::vector<float>> sounds{
        media::readSound(soundOf(input).file, extractor_->samplingRate(), context)};
    const auto features = extractor_->process(sounds);
    models::TensorMap inputs{{"input_values", features.at("input_values")}};
    if (const auto mask = features.find("attention_mask"); mask != features.end())
      inputs["attention_mask"] = mask->second;
    return voice_.speak(std::move(inputs), options, silent_, context);
  }

 private:
  PipelineParts parts_;
  std::unique_ptr<const processors::FeatureExtractor> extractor_;
  SpectrogramVoice voice_;
  at::Tensor silent_;
};

}  // namespace

void addVoiceConversion(TaskRegistry& registry) {
  registry.add({.name = "voice-conversion",
                .aliases = {},
                .description = "Says what is said in a recording in another voice",
                .classEndings = {"ForSpeechToSpeech"},
                .takesSounds = true,
                .makesSounds = true,
                .modelTypes = {"speecht5"},
                .options = describeOptions<VoiceOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<VoiceConversion>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
