#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "core/pipelines/task_registry.h"

namespace orrery::pipelines {

/// What automatic-speech-recognition is asked for.
struct RecognitionOptions {
  enum class Times { kUnsaid, kNone, kSegments, kWords, kCharacters };

  Times times = Times::kUnsaid;
  double chunkSeconds = 0;  ///< 0: the sound as a whole
  /// Overlap of a chunk with those before and behind it; nothing: a sixth of it each.
  std::optional<std::pair<double, double>> strideSeconds;
  bool language = false;                      ///< whether the language is to be told
  std::optional<std::string> prompt;          ///< what was said before
  std::optional<std::string> targetLanguage;  ///< whose adapter is taken
  std::optional<std::int64_t> seed;
  Json generation = Json::object();  ///< arguments of generate(), by name
  PartialCallback partial;           ///< told of what is recognised so far; may be empty
};

/// One way from sound to text, for one kind of model. May be shared by threads.
class SpeechRecogniser {
 public:
  virtual ~SpeechRecogniser() = default;
  /// The transcript of a file. Progress is told in seconds of sound. An Error names an option that
  /// this kind of model does not take.
  virtual Transcript recognise(const std::filesystem::path& file, const RecognitionOptions& options,
                               const JobContext& context) const = 0;
};

std::unique_ptr<SpeechRecogniser> makeWhisperRecogniser(PipelineParts parts);

/// An Error if `options` ask for the adapter of a language, which only models with a CTC head have.
void refuseAdapters(const RecognitionOptions& options);

/// Samples of a chunk and its overlaps, all multiples of `alignment` (the samples that one output
/// of the model stands for). An Error if the overlaps leave nothing.
struct ChunkSamples {
  std::int64_t length = 0, left = 0, right = 0;

  static ChunkSamples of(const RecognitionOptions& options, int rate, std::int64_t alignment);
};

/// One chunk of a sound that is read piece by piece.
struct SoundChunk {
  std::vector<float> samples;
  std::int64_t left = 0, right = 0;  ///< how many of them overlap
};

/// Cuts the sound of a file into chunks and gives each to `take`, in order.
void forEachChunk(const std::filesystem::path& file, int rate, const ChunkSamples& size,
                  const std::function<void(const SoundChunk&)>& take);

}  // namespace orrery::pipelines
