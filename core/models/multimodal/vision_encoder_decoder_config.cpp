#include "core/models/multimodal/vision_encoder_decoder_config.h"

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

}  // namespace

VisionEncoderDecoderConfig VisionEncoderDecoderConfig::read(const JsonField& config) {
  VisionEncoderDecoderConfig c;
  const JsonField encoder = config["encoder"], decoder = config["decoder"];
  c.encoderClass = text::encoderClassOf(encoder, encoders());
  c.encoderHidden = shapeOfPart(encoder).hidden;
  c.decoder = text::crossDecoderShape(decoder);
  c.projected =
      !text::takesWidthOf(decoder, c.encoderHidden) && c.encoderHidden != c.decoder.hidden;
  // The decoder's own counts.
  config.has("tie_word_embeddings");
  return c;
}

ModelShape visionEncoderDecoderShape(const JsonField& config) {
  return VisionEncoderDecoderConfig::read(config).decoder;
}

}  // namespace orrery::models::multimodal
