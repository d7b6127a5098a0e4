#include "core/processors/video_processor.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"
#include "core/processors/types.h"
#include "core/processors/video_types.h"

namespace orrery::processors {
namespace {

namespace fs = std::filesystem;

struct VideoRow {
  std::string_view name, model;
  std::unique_ptr<const VideoProcessor> (*make)(const JsonField& file);
};

constexpr VideoRow kTypes[] = {
    {"Qwen2VLVideoProcessor", "qwen2_vl", makeQwen2VlVideo},
    {"SmolVLMVideoProcessor", "smolvlm", makeSmolVlmVideo},
};

const VideoRow& rowOf(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, &VideoRow::name);
  if (found != std::end(kTypes)) return *found;
  std::string names;
  for (const auto& row : kTypes) names += (names.empty() ? "" : ", ") + std::string(row.name);
  throw Error(ErrorKind::kUnsupported, "{} is no known video processor; there are {}", quoted(name),
              names);
}

/// The type that the file names, for older files by its image processor; else the model's. Empty
/// if nothing tells.
std::string typeOf(const JsonField& file, const fs::path& folder) {
  if (const auto type = file.find("video_processor_type")) return type->as<std::string>();
  if (const auto type = file.find("image_processor_type")) {
    const auto name = type->as<std::string>();
    return name.substr(0, name.find("ImageProcessor")) + "VideoProcessor";
  }
  if (const fs::path path = folder / "config.json"; fs::exists(path)) {
    const Json config = readJsonFile(path);
    const auto model = JsonField(config, path.string()).find("model_type");
    for (const auto& row : kTypes)
      if (model && model->as<std::string>() == row.model) return std::string(row.name);
  }
  return {};
}

std::optional<ProcessorFile> findFile(const fs::path& folder) {
  if (const fs::path path = folder / "processor_config.json"; fs::exists(path)) {
    const Json json = readJsonFile(path);
    if (const auto nested = JsonField(json, path.string()).find("video_processor"))
      return ProcessorFile{nested->json(), nested->name()};
  }
  for (const char* name : {"video_preprocessor_config.json", "preprocessor_config.json"})
    if (const fs::path path = folder / name; fs::exists(path))
      return ProcessorFile{readJsonFile(path), path};
  return std::nullopt;
}

}  // namespace

std::unique_ptr<const VideoProcessor> VideoProcessor::fromFile(const JsonField& file,
                                                               const fs::path& folder) {
  if (!file.json().is_object()) throw file.error("expected an object");
  const VideoRow& row = withContext(file.name(), [&]() -> const VideoRow& {
    const std::string type = typeOf(file, folder);
    if (!type.empty()) return rowOf(type);
    throw Error(ErrorKind::kNotFound, "is missing, and the model's type tells of no processor")
        .in("video_processor_type");
  });
  requireKnownFields(file, ProcessorKind::kVideo);
  return row.make(file);
}

std::unique_ptr<const VideoProcessor> VideoProcessor::load(const fs::path& folder) {
  const auto file = findFile(folder);
  if (!file)
    throw Error(ErrorKind::kNotFound,
                "has no video processor: expected video_preprocessor_config.json or "
                "processor_config.json")
        .in(folder.string());
  return fromFile(JsonField(file->members, file->name), folder);
}

bool hasVideoProcessor(const fs::path& folder) {
  const auto file = findFile(folder);
  if (!file || !file->members.is_object()) return false;
  const std::string type = typeOf(JsonField(file->members, file->name), folder);
  return std::ranges::find(kTypes, type, &VideoRow::name) != std::end(kTypes);
}

FrameSampling readSampling(const JsonField& file) {
  FrameSampling sampling{.doSampleFrames = file.get<bool>("do_sample_frames", false)};
  if (const auto field = file.find("num_frames")) sampling.numFrames = field->as<std::int64_t>();
  if (const auto field = file.find("fps")) sampling.fps = field->as<double>();
  return sampling;
}

FrameSampling withOptions(const FrameSampling& sampling, const VideoOptions& options) {
  FrameSampling made = sampling;
  made.doSampleFrames = options.doSampleFrames.value_or(sampling.doSampleFrames);
  if (options.numFrames) made.numFrames = options.numFrames;
  if (options.fps) made.fps = options.fps;
  if (made.numFrames && *made.numFrames < 1)
    throw Error(ErrorKind::kInvalidInput, "expected at least 1, found {}", *made.numFrames)
        .in("num_frames");
  if (made.fps && !(*made.fps > 0 && std::isfinite(*made.fps)))
    throw Error(ErrorKind::kInvalidInput, "expected a number above 0, found {}", *made.fps)
        .in("fps");
  return made;
}

std::vector<std::int64_t> allFrames(const VideoLength& length) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(length.frames));
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

void requireVideos(std::string_view type, std::span<const std::vector<media::Image>> videos) {
  if (videos.empty()) throw Error(ErrorKind::kInvalidInput, "{} needs a video", type);
  for (const auto& video : videos) {
    if (video.empty()) throw Error(ErrorKind::kInvalidInput, "a video has no frames");
    requireInputs(type, video, {});
    for (const media::Image& frame : video)
      if (frame.size() != video.front().size())
        throw Error(ErrorKind::kInvalidInput,
                    "frames of {} x {} and of {} x {} pixels are not one video",
                    video.front().width, video.front().height, frame.width, frame.height);
  }
}

}  // namespace orrery::processors
