#include "app/runtime/preprocess.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/checkpoint/safetensors.h"
#include "core/media/av/sound.h"
#include "core/media/av/video.h"
#include "core/media/decode.h"
#include "core/media/grey.h"
#include "core/nn/weights.h"
#include "core/processors/feature_extractor.h"
#include "core/processors/image_processor.h"
#include "core/processors/joint_processor.h"
#include "core/processors/video_processor.h"

namespace orrery {
namespace {

[[noreturn]] void refuse(const std::string& name, std::string_view names) {
  throw Error(ErrorKind::kInvalidInput, "no setting has this name; there is {}", names)
      .in(quoted(name))
      .in("--set");
}

processors::Backend backendOf(const Json& settings) {
  processors::Backend backend = processors::Backend::kTorchvision;
  for (const auto& [name, value] : settings.items()) {
    if (name != "backend") refuse(name, "backend");
    if (value == "pil")
      backend = processors::Backend::kPil;
    else if (value != "torchvision")
      throw Error(ErrorKind::kInvalidInput, "expected torchvision or pil, found {}",
                  jsonExcerpt(value))
          .in("backend");
  }
  return backend;
}

processors::SoundPadding paddingOf(const JsonField& field) {
  const Json& value = field.json();
  if (value == true || value == "longest") return processors::SoundPadding::kLongest;
  if (value == false || value == "do_not_pad") return processors::SoundPadding::kNone;
  if (value == "max_length") return processors::SoundPadding::kMaxLength;
  throw field.error(
      fmt::format("expected longest, max_length or do_not_pad, found {}", jsonExcerpt(value)));
}

/// The arguments of transformers' video processors.
processors::VideoOptions videoOptions(const Json& settings) {
  processors::VideoOptions options;
  for (const auto& [name, value] : settings.items()) {
    const JsonField field(value, name);
    if (name == "do_sample_frames")
      options.doSampleFrames = field.as<bool>();
    else if (name == "num_frames")
      options.numFrames = field.as<std::int64_t>();
    else if (name == "fps")
      options.fps = field.as<double>();
    else
      refuse(name, "do_sample_frames, num_frames and fps");
  }
  return options;
}

/// The arguments of transformers' feature extractors.
processors::FeatureOptions featureOptions(const Json& settings) {
  processors::FeatureOptions options;
  for (const auto& [name, value] : settings.items()) {
    const JsonField field(value, name);
    if (name == "padding")
      options.padding = paddingOf(field);
    else if (name == "max_length")
      options.maxLength = field.as<std::int64_t>();
    else if (name == "truncation")
      options.truncation = field.as<bool>();
    else if (name == "pad_to_multiple_of")
      options.padToMultipleOf = field.as<std::int64_t>();
    else if (name == "return_attention_mask")
      options.returnAttentionMask = field.as<bool>();
    else if (name == "do_normalize")
      options.doNormalize = field.as<bool>();
    else if (name == "audio_target")
      options.isTarget = field.as<bool>();
    else if (name == "seed")
      options.seed = static_cast<std::uint64_t>(field.as<std::int64_t>());
    else
      refuse(name,
             "padding, max_length, truncation, pad_to_multiple_of, return_attention_mask, "
             "do_normalize, audio_target and seed");
  }
  return options;
}

checkpoint::DType dtypeOf(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kLong:
      return checkpoint::DType::kI64;
    case at::kInt:
      return checkpoint::DType::kI32;
    case at::kByte:
      return checkpoint::DType::kU8;
    case at::kBool:
      return checkpoint::DType::kBool;
    default:
      return checkpoint::DType::kF32;
  }
}

using Tensors = std::map<std::string, at::Tensor>;

Tensors tensorsOfSounds(const PreprocessOptions& options) {
  if (!options.texts.empty() || !options.trimaps.empty())
    throw Error(ErrorKind::kInvalidInput, "the model takes sounds; they go with no others")
        .in(options.texts.empty() ? "--trimap" : "--text");
  const processors::FeatureOptions arguments = featureOptions(options.settings);
  const auto extractor = processors::FeatureExtractor::load(options.model);
  std::vector<std::vector<float>> sounds;
  for (const std::string& path : options.inputs)
    sounds.push_back(media::readSound(path, extractor->samplingRate()));
  return extractor->process(sounds, arguments);
}

Tensors tensorsOfVideos(const PreprocessOptions& options) {
  if (!options.texts.empty() || !options.trimaps.empty())
    throw Error(ErrorKind::kUnsupported, "videos go with no texts or trimaps here")
        .in(options.texts.empty() ? "--trimap" : "--text");
  const processors::VideoOptions arguments = videoOptions(options.settings);
  const auto processor = processors::VideoProcessor::load(options.model);
  std::vector<std::vector<media::Image>> videos;
  for (const std::string& path : options.inputs) {
    media::VideoReader reader = media::VideoReader::open(path);
    const media::VideoInfo& info = reader.info();
    const auto indices = withContext(path, [&] {
      return processor->sampledFrames({info.frames, info.framesPerSecond}, arguments);
    });
    videos.push_back(reader.frames(indices));
  }
  return processor->process(videos);
}

bool isPicture(const std::string& path) {
  return media::imageFormat(MappedFile::open(path)->bytes()).has_value();
}

Tensors tensorsOfPictures(const PreprocessOptions& options) {
  const processors::Backend backend = backendOf(options.settings);
  std::vector<media::Image> images, trimaps;
  for (const std::string& path : options.inputs) images.push_back(media::readImage(path));
  for (const std::string& path : options.trimaps)
    trimaps.push_back(media::toGrey(media::readImage(path)));
  if (options.texts.empty())
    return processors::ImageProcessor::load(options.model, backend)
        ->process(images, trimaps)
        .tensors;
  if (!trimaps.empty())
    throw Error(ErrorKind::kInvalidInput, "takes no texts: expected --text or --trimap")
        .in("--trimap");
  processors::JointFeatures features =
      processors::JointProcessor::load(options.model, backend)->process(options.texts, images);
  features.texts.merge(features.pictures.tensors);
  return features.texts;
}

}  // namespace

void preprocessFiles(const PreprocessOptions& options) {
  const bool isVideo =
      !isPicture(options.inputs.at(0)) && processors::hasVideoProcessor(options.model);
  const Tensors made = processors::hasFeatureExtractor(options.model) ? tensorsOfSounds(options)
                       : isVideo                                      ? tensorsOfVideos(options)
                                                                      : tensorsOfPictures(options);
  checkpoint::NamedTensors tensors;
  for (const auto& [name, tensor] : made)
    tensors.emplace_back(name, nn::viewOf(tensor, dtypeOf(tensor)));
  checkpoint::writeSafetensors(options.outputs, tensors);
}

}  // namespace orrery
