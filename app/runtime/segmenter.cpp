#include "app/runtime/segmenter.h"

#include <chrono>

#include "core/checkpoint/safetensors.h"
#include "core/media/decode.h"
#include "core/nn/weights.h"
#include "core/pipelines/mask_predictor.h"

namespace orrery {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

class Segmenter : public LoadedSegmenter {
 public:
  explicit Segmenter(pipelines::PipelineParts parts) : model_(std::move(parts)) {}

  protocol::SegmentResult segment(const protocol::SegmentParams& params, const JobContext& context,
                                  std::string& logits) override {
    protocol::SegmentResult result;
    result.embeddedSeconds = lookAt(params.image, context.cancel);
    auto found = promptedMasks(model_, picture_,
                               {.points = params.points,
                                .labels = params.labels,
                                .box = params.box,
                                .multimask = params.multimask});
    result.masks = std::move(found.masks);
    result.scores = std::move(found.scores);
    logits = checkpoint::serializeSafetensors(
        {{"logits", nn::viewOf(found.logits, checkpoint::DType::kF32)}});
    return result;
  }

 private:
  /// What tells whether a file is the one that was looked at.
  struct Stamp {
    fs::path path;
    std::uintmax_t size = 0;
    fs::file_time_type time;
    bool operator==(const Stamp&) const = default;
  };

  /// Embeds the picture unless it is the last one. The seconds that took.
  double lookAt(const fs::path& path, const CancelToken& cancel) {
    std::error_code none;  // reading the picture tells what is wrong
    const Stamp stamp{path, fs::file_size(path, none), fs::last_write_time(path, none)};
    if (stamp == lookedAt_) return 0;
    const auto start = Clock::now();
    lookedAt_ = {};
    picture_ = model_.embed(media::readImage(path), cancel);
    lookedAt_ = stamp;
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  pipelines::MaskPredictor model_;
  Stamp lookedAt_;
  pipelines::EmbeddedPicture picture_;
};

}  // namespace

std::unique_ptr<LoadedSegmenter> makeSegmenter(checkpoint::Checkpoint checkpoint,
                                               const std::string& dtype) {
  const std::string source = checkpoint.folderOrFile.string();
  auto parts = pipelines::loadParts("mask-generation", std::move(checkpoint), dtype);
  return withContext(source, [&] { return std::make_unique<Segmenter>(std::move(parts)); });
}

}  // namespace orrery
