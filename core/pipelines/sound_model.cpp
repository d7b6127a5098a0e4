#include "core/pipelines/sound_model.h"

#include "core/media/av/sound.h"

namespace orrery::pipelines {

SoundModel::SoundModel(PipelineParts parts)
    : parts_(std::move(parts)),
      extractor_(processors::FeatureExtractor::load(parts_.checkpoint.folderOrFile)) {}

models::TensorMap SoundModel::prepare(const Sound& sound, const JobContext& context) const {
  const std::vector<float> samples =
      media::readSound(sound.file, extractor_->samplingRate(), context);
  return extractor_->process({&samples, 1});
}

}  // namespace orrery::pipelines
