#include "core/models/multimodal/vision_encoder_decoder_config.h"

#include <fmt/ranges.h>

#include <map>

#include "core/models/text/cross_decoder_config.h"

namespace orrery::models::multimodal {
namespace {

/// The vision models that give tokens [batch, time, hidden_size], with the class that AutoModel
/// takes for them.
const std::map<std::string, std::string>& encoders() {
  static const std::map<std::string, std::string> table{
      {"beit", "BeitModel"}, {"clip_vision_model", "CLIPVisionModel"},
      {"deit", "DeiTModel"}, {"dinov2", "Dinov2Model"},
      {"dpt", "DPTModel"},   {"siglip_vision_model", "SiglipVisionModel"},
      {"swin", "SwinModel"}, {"swinv2", "Swinv2Model"},
      {"vit", "ViTModel"},   {"yolos", "YolosModel"}};
  return table;
}

std::string encoderClass(const JsonField& config) {
  const auto type = config.require<std::string>("model_type");
  const auto found = encoders().find(type);
  if (found != encoders().end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, className] : encoders()) names.push_back(name);
  throw config["model_type"].error(
      fmt::format("{} is not supported before a text decoder; expected one of {}", quoted(type),
                  fmt::join(names, ", ")));
}

}  // namespace

VisionEncoderDecoderConfig VisionEncoderDecoderConfig::read(const JsonField& config) {
  VisionEncoderDecoderConfig c;
  const JsonField encoder = config["encoder"], decoder = config["decoder"];
  c.encoderClass = multimodal::encoderClass(encoder);
  c.encoderHidden = shapeOfPart(encoder).hidden;
  c.decoder = text::crossDecoderShape(decoder);
  const auto expected = decoder.get("cross_attention_hidden_size", std::int64_t{0});
  if (expected != 0 && expected != c.encoderHidden)
    throw decoder["cross_attention_hidden_size"].error(fmt::format(
        "expected the hidden size of the encoder, {}, found {}", c.encoderHidden, expected));
  c.projected = expected == 0 && c.encoderHidden != c.decoder.hidden;
  // The decoder's own counts.
  config.has("tie_word_embeddings");
  return c;
}

ModelShape visionEncoderDecoderShape(const JsonField& config) {
  return VisionEncoderDecoderConfig::read(config).decoder;
}

}  // namespace orrery::models::multimodal
