#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/job.h"

namespace orrery::media {

/// What a file says of its sound.
struct SoundInfo {
  double seconds = 0;  ///< as its header says, which may be wrong; 0 where it says nothing
  int rate = 0;        ///< samples a second, as stored
  int channels = 0;
  std::string format;  ///< of the container, FFmpeg's name: "wav", "ogg", "mov,mp4,m4a,3gp,3g2,mj2"
  std::string codec;   ///< FFmpeg's name: "pcm_s16le", "flac", "aac"
};

/// Where samples come from; what FFmpeg's libraries implement.
class SoundSource {
 public:
  virtual ~SoundSource() = default;
  virtual const SoundInfo& info() const = 0;
  virtual std::size_t read(std::span<float> samples) = 0;
  virtual void seek(double seconds) = 0;
};

/// Reads the first sound track of a file piece by piece, in memory that does not grow with its
/// length: mono, at the rate asked for, about -1 to 1. The samples are those of
/// `ffmpeg -i FILE -ac 1 -ar RATE -f f32le`, which transformers' pipelines read with: any container
/// and codec of FFmpeg, any rate and channels, also where these change in mid-stream.
///
///     SoundReader reader = SoundReader::open("speech.flac", 16000);
///     std::vector<float> second(16000);
///     while (std::size_t count = reader.read(second)) …
///
/// Not thread-safe. Errors name the file.
class SoundReader {
 public:
  /// Throws an Error of kind kNotFound if there is no such file, kInvalidInput if it is empty, no
  /// media file or without sound, kUnsupported if it needs a decoder that FFmpeg here lacks.
  /// `rate`: 1 to 768000.
  static SoundReader open(const std::filesystem::path& path, int rate);

  const SoundInfo& info() const { return source_->info(); }

  /// Fills `samples` as far as there are any and returns how many; fewer than asked for only at the
  /// end, 0 behind it. What of the data is broken is left out, as ffmpeg does it; an Error if none
  /// of it can be decoded. A sample that is no number is silence.
  std::size_t read(std::span<float> samples);

  /// Goes on with the sample at `seconds` from the start (exactly, for what FFmpeg can seek in);
  /// behind the end there are none. An Error if the file cannot be moved about in.
  void seek(double seconds) { source_->seek(seconds); }

 private:
  explicit SoundReader(std::unique_ptr<SoundSource> source) : source_(std::move(source)) {}

  std::unique_ptr<SoundSource> source_;
};

/// All samples of a file as SoundReader gives them. Progress is told in seconds. An Error if there
/// are none, or more than fit into memory comfortably (12 hours at 16 kHz).
std::vector<float> readSound(const std::filesystem::path& path, int rate,
                             const JobContext& context = {});

}  // namespace orrery::media
