#pragma once

extern "C" {
#include <libavutil/channel_layout.h>
}

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "core/media/av/ffmpeg/container.h"
#include "core/media/av/sound.h"

struct SwrContext;

namespace orrery::media::ffmpeg {

/// Frames of any rate, channels and sample type to mono at one rate.
class Resampler {
 public:
  explicit Resampler(int rate) : rate_(rate) {}
  ~Resampler();
  Resampler(const Resampler&) = delete;
  Resampler& operator=(const Resampler&) = delete;

  /// Appends what `frame`, of which `skip` samples are left out, adds to `samples`. Where a stream
  /// changes its kind, what is still inside is lost, as ffmpeg loses it.
  void convert(const AVFrame& frame, int skip, std::vector<float>& samples);
  /// Appends what is still inside at the end of a stream.
  void finish(std::vector<float>& samples);
  void reset();

 private:
  struct Kind {
    int rate = 0, format = -1;
    AVChannelLayout layout{};
  };
  void prepare(const AVFrame& frame);
  bool open(AVChannelLayout layout, const double* matrix);
  void run(const std::uint8_t** data, int count, std::vector<float>& samples);

  const int rate_;
  SwrContext* context_ = nullptr;
  Kind kind_;
};

class SoundFile : public SoundSource {
 public:
  SoundFile(std::filesystem::path path, int rate);

  const SoundInfo& info() const override { return info_; }
  std::size_t read(std::span<float> samples) override;
  void seek(double seconds) override;

 private:
  void reopen();
  void decodeMore();
  void noteFirst(const AVFrame& frame);
  bool jump(std::int64_t target);
  int alignAfterJump(const AVFrame& frame);

  const std::filesystem::path path_;
  const int rate_;
  SoundInfo info_;
  std::unique_ptr<Track> track_;
  Resampler resampler_;
  std::optional<std::int64_t> firstTimestamp_;
  std::vector<float> ready_;  ///< converted, and from used_ on not yet read
  std::size_t used_ = 0;
  std::int64_t unwanted_ = 0;               ///< of what comes, samples that nobody asked for
  std::optional<std::int64_t> jumpTarget_;  ///< set between a jump and the first frame behind it
  bool ended_ = false;
};

}  // namespace orrery::media::ffmpeg
