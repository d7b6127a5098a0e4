#include "core/models/text/cross_decoder_config.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/models/text/encoder_config.h"
#include "core/models/text/text_config.h"

namespace orrery::models::text {

std::vector<std::string> crossDecoderTypes() {
  return {"bert", "electra", "gpt2", "roberta", "trocr"};
}

void requireCrossDecoder(const JsonField& config) {
  const auto type = config.require<std::string>("model_type");
  const auto types = crossDecoderTypes();
  if (std::find(types.begin(), types.end(), type) == types.end())
    throw config["model_type"].error(
        fmt::format("{} is not supported beside an encoder; expected one of {}", quoted(type),
                    fmt::join(types, ", ")));
  // TrOCR's decoder has no other form; the others are asked for it.
  if (type != "trocr" && !config.get("add_cross_attention", false))
    throw config.error("add_cross_attention: expected true in a decoder beside an encoder");
}

ModelShape crossDecoderShape(const JsonField& config) {
  requireCrossDecoder(config);
  const auto classic = classicTypes();
  const auto type = config.require<std::string>("model_type");
  if (std::find(classic.begin(), classic.end(), type) != classic.end())
    return shapeOf(ClassicConfig::read(config));
  ModelShape shape = shapeOf(EncoderConfig::readDecoder(config));
  shape.windows.assign(static_cast<std::size_t>(shape.layers), 0);
  return shape;
}

std::string encoderClassOf(const JsonField& encoder,
                           const std::map<std::string, std::string>& classes) {
  const auto type = encoder.require<std::string>("model_type");
  const auto found = classes.find(type);
  if (found != classes.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, className] : classes) names.push_back(name);
  throw encoder["model_type"].error(
      fmt::format("{} is not supported before a text decoder; expected one of {}", quoted(type),
                  fmt::join(names, ", ")));
}

bool takesWidthOf(const JsonField& decoder, std::int64_t encoderHidden) {
  const auto width = decoder.get("cross_attention_hidden_size", std::int64_t{0});
  if (width != 0 && width != encoderHidden)
    throw decoder["cross_attention_hidden_size"].error(
        fmt::format("expected the hidden size of the encoder, {}, found {}", encoderHidden, width));
  return width != 0;
}

}  // namespace orrery::models::text
