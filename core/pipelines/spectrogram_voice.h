#pragma once

#include <mutex>

#include "core/models/speech/speaking.h"
#include "core/pipelines/task_registry.h"

namespace orrery::pipelines {

/// What a model that makes spectrograms is told beside what to say.
struct VoiceOptions {
  OrderedJson speakerEmbeddings;
  std::optional<std::string> vocoder;
  std::optional<double> threshold, minlenratio, maxlenratio;
  std::optional<std::int64_t> seed;

  static void fields(auto& f, auto& self) {
    f("speaker_embeddings", self.speakerEmbeddings,
      "SpeechT5: whose voice, as a list of numbers or the name of a JSON file with one");
    f("vocoder", self.vocoder, "SpeechT5: folder of the vocoder, a SpeechT5HifiGan");
    f("threshold", self.threshold,
      "SpeechT5: the sound ends where that is more probable; null: 0.5");
    f("minlenratio", self.minlenratio,
      "SpeechT5: least frames for each token, or step of the sound that is heard; null: 0");
    f("maxlenratio", self.maxlenratio, "SpeechT5: most frames for each; null: 20");
    f("seed", self.seed, "The same seed gives the same sound; null: another one each time");
  }
};

/// The seed, or one that nobody knows.
std::uint64_t seedOf(const std::optional<std::int64_t>& seed);

/// A model that makes spectrograms, and the vocoder that makes them heard. May be shared by
/// threads.
class SpectrogramVoice {
 public:
  explicit SpectrogramVoice(const models::speech::SpectrogramModel& model) : model_(model) {}

  /// The sound of `inputs`, which lack speaker_embeddings; these are `silent` where no option gives
  /// any. An Error tells what the vocoder or the speaker's numbers should be.
  MadeSound speak(models::TensorMap inputs, const VoiceOptions& options, const at::Tensor& silent,
                  const JobContext& context) const;

 private:
  struct Vocoder {
    std::string folder;
    std::unique_ptr<models::Model> model;
    std::int64_t samplingRate = 0;
  };
  std::shared_ptr<const Vocoder> vocoder(const VoiceOptions& options) const;

  const models::speech::SpectrogramModel& model_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Vocoder> vocoder_;  ///< the one of the last call
};

}  // namespace orrery::pipelines
