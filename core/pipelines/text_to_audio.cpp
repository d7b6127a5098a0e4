#include "core/pipelines/spectrogram_voice.h"
#include "core/pipelines/text_model.h"

namespace orrery::pipelines {
namespace {

struct SpeakingOptions {
  VoiceOptions voice;
  std::optional<std::int64_t> speakerId;
  std::optional<double> speakingRate, noiseScale, noiseScaleDuration;
  OrderedJson forwardParams;

  static void fields(auto& f, auto& self) {
    f("speaker_id", self.speakerId, "VITS: number of the speaker, from 0; null: nobody's voice");
    f("speaking_rate", self.speakingRate, "VITS: 2 is twice as fast; null: as the config says");
    f("noise_scale", self.noiseScale, "VITS: how much the sound varies; null: as the config says");
    f("noise_scale_duration", self.noiseScaleDuration,
      "VITS: how much the lengths of sounds vary; null: as the config says");
    VoiceOptions::fields(f, self.voice);
    f("forward_params", self.forwardParams, "Object of the options above, as transformers has it");
  }
};

/// The options with what forward_params holds among them.
Options flattened(const Options& given) {
  const auto found = given.find("forward_params");
  if (found == given.end() || found->is_null()) return given;
  if (!found->is_object())
    throw Error(ErrorKind::kInvalidInput, "expected an object of names and values, found {}",
                jsonExcerpt(Json(*found)))
        .in("options.forward_params");
  Options result = given;
  result.erase("forward_params");
  for (const auto& [name, value] : found->items())
    if (!result.emplace(name, OrderedJson(value)).second)
      throw Error(ErrorKind::kInvalidInput, "is given twice, here and as an option of its own")
          .in("options.forward_params." + name);
  return result;
}

class TextToAudio : public Pipeline {
 public:
  explicit TextToAudio(PipelineParts parts) : text_(std::move(parts)) {
    using models::speech::SpectrogramModel;
    if (const auto* model = dynamic_cast<const SpectrogramModel*>(&text_.model()))
      voice_.emplace(*model);
    samplingRate_ = text_.config().get("sampling_rate", std::int64_t{16'000});
    speakers_ = text_.config().get("num_speakers", std::int64_t{1});
  }

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<SpeakingOptions>(flattened(given));
    models::TensorMap inputs = text_.inputs(text_.encode(input.as<Text>(), {}));
    refuseOthers(options);
    if (voice_) return voice_->speak(std::move(inputs), options.voice, {}, context);
    addManner(inputs, options);
    context.cancel.throwIfCancelled();
    const at::Tensor wave =
        text_.model().forward(inputs).at("waveform")[0].to(at::kFloat).contiguous();
    const float* samples = wave.data_ptr<float>();
    return MadeSound{{samples, samples + wave.numel()}, samplingRate_};
  }

 private:
  /// An Error names an option that models of the other kind have.
  void refuseOthers(const SpeakingOptions& options) const {
    const VoiceOptions& voice = options.voice;
    const std::pair<const char*, bool> ofSpectrograms[] = {
        {"speaker_embeddings", !voice.speakerEmbeddings.is_null()},
        {"vocoder", voice.vocoder.has_value()},
        {"threshold", voice.threshold.has_value()},
        {"minlenratio", voice.minlenratio.has_value()},
        {"maxlenratio", voice.maxlenratio.has_value()}};
    const std::pair<const char*, bool> ofWaves[] = {
        {"speaker_id", options.speakerId.has_value()},
        {"speaking_rate", options.speakingRate.has_value()},
        {"noise_scale", options.noiseScale.has_value()},
        {"noise_scale_duration", options.noiseScaleDuration.has_value()}};
    const auto refuse = [&](const auto& list) {
      for (const auto& [name, given] : list)
        if (given)
          throw Error(ErrorKind::kInvalidInput, "is not an option of models of type {}",
                      quoted(text_.config().require<std::string>("model_type")))
              .in(std::string("options.") + name);
    };
    voice_ ? refuse(ofWaves) : refuse(ofSpectrograms);
  }

  void addManner(models::TensorMap& inputs, const SpeakingOptions& options) const {
    if (options.speakerId) {
      if (*options.speakerId < 0 || *options.speakerId >= speakers_)
        throw Error(ErrorKind::kInvalidInput, "expected 0 to {}, a speaker of this model, found {}",
                    speakers_ - 1, *options.speakerId)
            .in("options.speaker_id");
      inputs["speaker_id"] = at::scalar_tensor(*options.speakerId, at::kLong);
    }
    const std::pair<const char*, const std::optional<double>&> numbers[] = {
        {"speaking_rate", options.speakingRate},
        {"noise_scale", options.noiseScale},
        {"noise_scale_duration", options.noiseScaleDuration}};
    for (const auto& [name, value] : numbers)
      if (value) inputs[name] = at::scalar_tensor(*value, at::kDouble);
    // As a tensor it has 63 bits.
    inputs["seed"] = at::scalar_tensor(
        static_cast<std::int64_t>(seedOf(options.voice.seed) & 0x7FFF'FFFF'FFFF'FFFF), at::kLong);
  }

  TextModel text_;
  std::optional<SpectrogramVoice> voice_;  ///< of models that make spectrograms
  std::int64_t samplingRate_ = 0, speakers_ = 1;
};

}  // namespace

void addTextToAudio(TaskRegistry& registry) {
  registry.add({.name = "text-to-audio",
                .aliases = {"text-to-speech"},
                .description = "Speaks a text",
                .classEndings = {"VitsModel", "ForTextToSpeech"},
                .makesSounds = true,
                .modelTypes = {"vits", "speecht5"},
                .options = describeOptions<SpeakingOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<TextToAudio>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
