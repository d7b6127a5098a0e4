// Any text as a processor file: a processor, which a small picture goes through, or an Error.

#include <cmath>

#include "core/processors/image_processor.h"
#include "tests/fuzz/support.h"

using namespace orrery;

namespace {

/// Whether no number is so large that tensors of gigabytes would be asked for.
bool isModest(const Json& json) {
  if (json.is_number()) return std::abs(json.get<double>()) <= 300;
  if (!json.is_structured()) return true;
  for (const auto& value : json)
    if (!isModest(value)) return false;
  return true;
}

media::Image picture() {
  media::Image image({13, 20}, 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(i * 37);
  return image;
}

void useIt(const processors::ImageProcessor& processor) {
  const std::vector<media::Image> images(2, picture());
  const std::vector<media::Image> trimaps(2, media::Image({13, 20}, 1));
  const bool matting = processor.type() == "VitMatteImageProcessor";
  const auto features = processor.process(images, matting ? trimaps : std::vector<media::Image>());
  if (!features.tensors.at("pixel_values").defined() || features.resizedSizes.size() != 2)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::allowError([&] {
    const Json json = parseJson(fuzz::textOf(data, size), "preprocessor_config.json");
    for (const auto backend : {processors::Backend::kTorchvision, processors::Backend::kPil}) {
      const auto processor = processors::ImageProcessor::fromFile(
          JsonField(json, "preprocessor_config.json"), "/nowhere", backend);
      if (isModest(json)) useIt(*processor);
    }
  });
  return 0;
}
