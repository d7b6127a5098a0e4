#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace orrery::processors {

enum class SoundPadding {
  kNone,       ///< all sounds of a batch must have one length
  kLongest,    ///< to the longest of the batch
  kMaxLength,  ///< to maxLength
};

/// The arguments of transformers' feature extractors; empty ones are what the type does by itself.
/// A type ignores what transformers' ignores.
struct FeatureOptions {
  std::optional<SoundPadding> padding{};
  std::optional<std::int64_t> maxLength{};  ///< samples (SeamlessM4T: frames)
  std::optional<bool> truncation{};         ///< cut what is longer than maxLength
  std::optional<std::int64_t> padToMultipleOf{};
  std::optional<bool> returnAttentionMask{};
  std::optional<bool> doNormalize{};  ///< Whisper; SeamlessM4T: do_normalize_per_mel_bins
  bool isTarget = false;              ///< SpeechT5: audio_target, a spectrogram to be spoken
  std::uint64_t seed = 0;             ///< CLAP: decides where long sounds are cut
};

/// A feature extractor of transformers: sounds to what a model is given. Immutable, so threads may
/// share it.
///
///     const auto extractor = FeatureExtractor::load(folder);
///     const int rate = extractor->samplingRate();
///     std::vector<std::vector<float>> sounds{media::readSound("a.flac", rate)};
///     const at::Tensor features = extractor->process(sounds).at("input_features");
class FeatureExtractor {
 public:
  virtual ~FeatureExtractor() = default;

  /// The extractor of a model folder: from processor_config.json or preprocessor_config.json. An
  /// Error names the file and the field that is missing, of another type or unknown.
  static std::unique_ptr<const FeatureExtractor> load(const std::filesystem::path& folder);

  /// The same from the members of a file. `folder` may hold the model's config.json, which tells
  /// the type where the file does not.
  static std::unique_ptr<const FeatureExtractor> fromFile(const JsonField& file,
                                                          const std::filesystem::path& folder);

  /// transformers' class, e.g. "WhisperFeatureExtractor".
  virtual std::string_view type() const = 0;
  /// Samples a second that process() expects.
  virtual int samplingRate() const = 0;
  /// Samples between two frames; 1 where there are none.
  virtual int hopLength() const = 0;

  /// The tensors for a batch of at least one mono sound, by transformers' names, the sounds along
  /// the first dimension: input_features [sounds, mel bins, frames] (Whisper), [sounds, frames, …]
  /// or input_values [sounds, samples], attention_mask, is_longer. An Error if a sound is too short
  /// for one frame, or sounds of different lengths are not padded.
  virtual std::map<std::string, at::Tensor> process(std::span<const std::vector<float>> sounds,
                                                    const FeatureOptions& options = {}) const = 0;
};

/// Whether the folder's processor file describes a feature extractor, not an image processor.
bool hasFeatureExtractor(const std::filesystem::path& folder);

}  // namespace orrery::processors
