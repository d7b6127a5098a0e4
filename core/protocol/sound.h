#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/protocol/arrays.h"

/// Recordings as they are seen.
namespace orrery::protocol {

struct SoundOverviewResult {
  double seconds = 0;
  int rate = 0;  ///< samples a second, as stored
  int channels = 0;
  std::string codec;
  double peaksPerSecond = 0;
  double columnsPerSecond = 0;
  /// Content-Id of "low" and "high" [peaks], and "mel" [columns, bands], 0 to 1.
  std::optional<std::string> arrays;
  std::shared_ptr<const Arrays> arrayContent;  ///< what came under that id; does not travel here

  bool operator==(const SoundOverviewResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("seconds", self.seconds);
    f.optional("rate", self.rate);
    f.optional("channels", self.channels);
    f.optional("codec", self.codec);
    f("peaks_per_second", self.peaksPerSecond);
    f("columns_per_second", self.columnsPerSecond);
    f("arrays", self.arrays);
  }
};

/// The waveform and the mel spectrogram of a whole file. Needs no model.
struct SoundOverviewParams {
  static constexpr auto kMethod = "sound/overview";
  using Result = SoundOverviewResult;

  std::string path;

  bool operator==(const SoundOverviewParams&) const = default;
  static void fields(auto& f, auto& self) { f("path", self.path); }
};

struct SoundModelResult {
  std::vector<std::string> pipelines;  ///< tasks of sounds that the model serves, by their names
  /// "whisper", "ctc" or "seq2seq" (writes, and tells no times); empty: it writes down no speech
  std::string recogniser;
  bool multilingual = false;
  /// Codes that the option `language` takes, or of "ctc" the option `target_lang`.
  std::vector<std::string> languages;
  std::vector<std::string> tasks;  ///< what the option `task` takes; empty: there is none
  std::string voice;               ///< "waveform" or "spectrogram"; empty: it does not speak
  int speakers = 0;                ///< voices that a speaker_id names
  double speakingRate = 0;         ///< of a waveform voice: what it does if it is told nothing
  double noiseScale = 0;
  double noiseScaleDuration = 0;

  bool operator==(const SoundModelResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("pipelines", self.pipelines);
    f.optional("recogniser", self.recogniser);
    f.optional("multilingual", self.multilingual);
    f.optional("languages", self.languages);
    f.optional("tasks", self.tasks);
    f.optional("voice", self.voice);
    f.optional("speakers", self.speakers);
    f.optional("speaking_rate", self.speakingRate);
    f.optional("noise_scale", self.noiseScale);
    f.optional("noise_scale_duration", self.noiseScaleDuration);
  }
};

/// What a model does with sounds. Reads its config.json and generation_config.json, no weights.
struct SoundModelParams {
  static constexpr auto kMethod = "sound/model";
  using Result = SoundModelResult;

  std::string path;

  bool operator==(const SoundModelParams&) const = default;
  static void fields(auto& f, auto& self) { f("path", self.path); }
};

}  // namespace orrery::protocol
