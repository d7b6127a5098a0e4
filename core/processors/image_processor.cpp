#include "core/processors/image_processor.h"

#include "core/base/error.h"
#include "core/processors/types.h"

namespace orrery::processors {
namespace {

namespace fs = std::filesystem;

std::string without(std::string text, std::string_view ending) {
  if (text.ends_with(ending)) text.resize(text.size() - ending.size());
  return text;
}

/// The type that the file names, by itself or as the feature extractor of older versions; else
/// that of the model.
std::string typeOf(const JsonField& file, const fs::path& folder) {
  if (const auto type = file.find("image_processor_type"))
    return without(without(type->as<std::string>(), "Fast"), "Pil");
  if (const auto old = file.find("feature_extractor_type")) {
    const std::string name = without(old->as<std::string>(), "FeatureExtractor");
    return name + "ImageProcessor";
  }
  const fs::path path = folder / "config.json";
  if (fs::exists(path)) {
    const Json config = readJsonFile(path);
    const auto model = JsonField(config, path.string()).find("model_type");
    const auto type = model ? typeForModel(model->as<std::string>()) : std::string_view();
    if (!type.empty()) return std::string(type);
  }
  throw Error(ErrorKind::kNotFound, "is missing, and the model's type tells of no processor")
      .in("image_processor_type");
}

}  // namespace

std::unique_ptr<const ImageProcessor> ImageProcessor::fromFile(const JsonField& file,
                                                               const fs::path& folder,
                                                               Backend backend) {
  if (!file.json().is_object()) throw file.error("expected an object");
  if (const auto timm = file.find("pretrained_cfg")) return makeTimm(*timm);
  const TypeRow& row =
      withContext(file.name(), [&]() -> const TypeRow& { return typeRow(typeOf(file, folder)); });
  requireKnownFields(file);
  const Json defaults = Json::parse(row.defaults);
  Settings settings = readSettings(file, defaults, row.size, backend);
  return withContext(file.name(), [&] { return row.make(row, std::move(settings)); });
}

ProcessorFile readProcessorFile(const fs::path& folder) {
  if (fs::path path = folder / "config.json"; fs::exists(path)) {
    Json json = readJsonFile(path);
    // timm keeps what its transform needs in the model's configuration.
    if (JsonField(json, path.string()).find("pretrained_cfg")) return {std::move(json), path};
  }
  if (const fs::path path = folder / "processor_config.json"; fs::exists(path)) {
    const Json json = readJsonFile(path);
    if (const auto nested = JsonField(json, path.string()).find("image_processor"))
      return {nested->json(), nested->name()};
  }
  if (fs::path path = folder / "preprocessor_config.json"; fs::exists(path))
    return {readJsonFile(path), path};
  throw Error(ErrorKind::kNotFound,
              "has no image processor: expected preprocessor_config.json, processor_config.json "
              "or a config.json with pretrained_cfg")
      .in(folder.string());
}

std::unique_ptr<const ImageProcessor> ImageProcessor::load(const fs::path& folder,
                                                           Backend backend) {
  const ProcessorFile file = readProcessorFile(folder);
  return fromFile(JsonField(file.members, file.name), folder, backend);
}

}  // namespace orrery::processors
