#include "core/pipelines/spectrogram_voice.h"

#include <random>

#include "core/models/auto_model.h"
#include "core/models/speech/speecht5_config.h"

namespace orrery::pipelines {
namespace {

/// [1, width] of a list of numbers, or of a file with one.
at::Tensor readSpeaker(const OrderedJson& given) {
  const bool named = given.is_string();
  const std::string name = named ? given.get<std::string>() : "options.speaker_embeddings";
  const Json json = named ? readJsonFile(name) : Json(given);
  const auto values = JsonField(json, name).as<std::vector<float>>();
  return at::tensor(values, at::kFloat).unsqueeze(0);
}

}  // namespace

std::uint64_t seedOf(const std::optional<std::int64_t>& seed) {
  return seed ? static_cast<std::uint64_t>(*seed) : std::random_device{}();
}

std::shared_ptr<const SpectrogramVoice::Vocoder> SpectrogramVoice::vocoder(
    const VoiceOptions& options) const {
  if (!options.vocoder)
    throw Error(ErrorKind::kInvalidInput,
                "is missing: this model makes spectrograms; expected the folder of a vocoder, as "
                "microsoft/speecht5_hifigan")
        .in("options.vocoder");
  const std::lock_guard lock(mutex_);
  if (vocoder_ && vocoder_->folder == *options.vocoder) return vocoder_;
  return withContext("options.vocoder", [&] {
    const auto checkpoint = checkpoint::openCheckpoint(*options.vocoder);
    const JsonField config(checkpoint.config, checkpoint.configName());
    if (const auto type = config.require<std::string>("model_type"); type != "speecht5_hifigan")
      throw config["model_type"].error(
          fmt::format("expected \"speecht5_hifigan\", a vocoder, found {}", quoted(type)));
    auto loaded = std::make_shared<Vocoder>();
    loaded->folder = *options.vocoder;
    loaded->model = models::loadModel(checkpoint, {}, nn::Precision::kFloat32);
    loaded->samplingRate = models::speech::VocoderConfig::read(config).samplingRate;
    vocoder_ = loaded;
    return vocoder_;
  });
}

MadeSound SpectrogramVoice::speak(models::TensorMap inputs, const VoiceOptions& options,
                                  const at::Tensor& silent, const JobContext& context) const {
  const auto voice = vocoder(options);
  models::speech::SpeechLimits limits;
  limits.threshold = options.threshold.value_or(limits.threshold);
  limits.least = options.minlenratio.value_or(limits.least);
  limits.most = options.maxlenratio.value_or(limits.most);
  if (!options.speakerEmbeddings.is_null())
    inputs["speaker_embeddings"] = readSpeaker(options.speakerEmbeddings);
  else if (silent.defined())
    inputs["speaker_embeddings"] = silent;
  else
    throw Error(ErrorKind::kInvalidInput,
                "is missing: expected the numbers of a voice, such as an x-vector of 512")
        .in("options.speaker_embeddings");
  const at::Tensor spectrogram =
      model_.generate(inputs, limits, seedOf(options.seed), &context.cancel);
  const at::Tensor wave =
      voice->model->forward({{"spectrogram", spectrogram}}).at("waveform").contiguous();
  const float* samples = wave.data_ptr<float>();
  return {{samples, samples + wave.numel()}, voice->samplingRate};
}

}  // namespace orrery::pipelines
