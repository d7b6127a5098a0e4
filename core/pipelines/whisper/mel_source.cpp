#include "core/pipelines/whisper/mel_source.h"

#include <algorithm>
#include <limits>

namespace orrery::pipelines {
namespace {

/// Frames next to a cut that lack samples on its other side.
constexpr std::int64_t kMargin = 2;
/// How much lower than the loudest a feature may be.
constexpr float kRange = 2;
constexpr std::int64_t kLookAheadSeconds = 600;

at::Tensor padded(const at::Tensor& features, std::int64_t frames) {
  return at::constant_pad_nd(features, {0, frames - features.size(2)}).contiguous();
}

class ShortSound : public MelSource {
 public:
  ShortSound(at::Tensor features, std::int64_t sound)
      : features_(std::move(features)), sound_(sound) {}

  std::optional<MelWindow> at(std::int64_t frame) override {
    const std::int64_t frames = features_.size(2) - frame;
    if (frames <= 0) return std::nullopt;
    return MelWindow{padded(features_.slice(2, frame), features_.size(2)), frames, sound_ - frame};
  }

 private:
  at::Tensor features_;
  std::int64_t sound_;
};

class LongSound : public MelSource {
 public:
  LongSound(const std::filesystem::path& file, const processors::FeatureExtractor& extractor,
            const MelShape& shape, const CancelToken& cancel)
      : reader_(media::SoundReader::open(file, extractor.samplingRate())),
        extractor_(extractor),
        shape_(shape),
        cancel_(cancel) {
    auto ahead = media::SoundReader::open(file, extractor.samplingRate());
    const std::int64_t pieces = kLookAheadSeconds * extractor.samplingRate() / shape.samples() + 1;
    std::vector<float> piece(static_cast<std::size_t>(shape.samples()));
    for (std::int64_t i = 0; i < pieces; ++i) {
      cancel.throwIfCancelled();
      piece.resize(ahead.read(piece));
      if (static_cast<std::int64_t>(piece.size()) < kMargin * shape.hop) break;
      loudest_ = std::max(loudest_, featuresOf(piece).max().item<float>());
    }
  }

  std::optional<MelWindow> at(std::int64_t frame) override {
    cancel_.throwIfCancelled();
    const std::int64_t margin = std::min(frame, kMargin);
    readTo((frame - margin) * shape_.hop, (frame + shape_.frames + kMargin) * shape_.hop);
    const std::int64_t frames = static_cast<std::int64_t>(samples_.size()) / shape_.hop - margin;
    if (frames <= 0) return std::nullopt;
    at::Tensor features =
        featuresOf(samples_).slice(2, margin, margin + std::min(frames, shape_.frames));
    loudest_ = std::max(loudest_, features.max().item<float>());
    features = padded(features.clamp_min(loudest_ - kRange), shape_.frames);
    return MelWindow{std::move(features), std::min(frames, shape_.frames), frames};
  }

 private:
  at::Tensor featuresOf(const std::vector<float>& samples) const {
    return extractor_
        .process({&samples, 1},
                 {.padding = processors::SoundPadding::kLongest, .truncation = false})
        .at("input_features");
  }

  /// Makes samples_ those from `from` to `to`, or to the end.
  void readTo(std::int64_t from, std::int64_t to) {
    const auto gone =
        std::min<std::int64_t>(from - begin_, static_cast<std::int64_t>(samples_.size()));
    samples_.erase(samples_.begin(), samples_.begin() + gone);
    begin_ += gone;
    std::vector<float> skipped(static_cast<std::size_t>(std::max<std::int64_t>(0, from - begin_)));
    begin_ += static_cast<std::int64_t>(reader_.read(skipped));
    const std::size_t had = samples_.size();
    samples_.resize(static_cast<std::size_t>(
        std::max<std::int64_t>(static_cast<std::int64_t>(had), to - begin_)));
    samples_.resize(had + reader_.read(std::span(samples_).subspan(had)));
  }

  media::SoundReader reader_;
  const processors::FeatureExtractor& extractor_;
  MelShape shape_;
  CancelToken cancel_;
  std::vector<float> samples_;  ///< of the sound from begin_ on
  std::int64_t begin_ = 0;
  float loudest_ = -std::numeric_limits<float>::infinity();
};

}  // namespace

std::unique_ptr<MelSource> shortSound(const std::vector<float>& samples,
                                      const processors::FeatureExtractor& extractor,
                                      const MelShape& shape) {
  const auto count =
      std::min<std::int64_t>(static_cast<std::int64_t>(samples.size()), shape.samples());
  return std::make_unique<ShortSound>(extractor.process({&samples, 1}).at("input_features"),
                                      (count + shape.hop - 1) / shape.hop);
}

std::unique_ptr<MelSource> longSound(const std::filesystem::path& file,
                                     const processors::FeatureExtractor& extractor,
                                     const MelShape& shape, const CancelToken& cancel) {
  return std::make_unique<LongSound>(file, extractor, shape, cancel);
}

}  // namespace orrery::pipelines
