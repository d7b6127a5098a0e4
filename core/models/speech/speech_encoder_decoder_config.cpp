#include "core/models/speech/speech_encoder_decoder_config.h"

#include <map>

#include "core/models/config_fields.h"
#include "core/models/speech/wav2vec2_config.h"
#include "core/models/text/cross_decoder_config.h"

namespace orrery::models::speech {
namespace {

constexpr const char* kOfFeatures = "wav2vec2-bert";

/// The encoders with the class that AutoModel takes for them.
const std::map<std::string, std::string>& encoders() {
  static const std::map<std::string, std::string> table{{"data2vec-audio", "Data2VecAudioModel"},
                                                        {"hubert", "HubertModel"},
                                                        {"wav2vec2", "Wav2Vec2Model"},
                                                        {kOfFeatures, "Wav2Vec2BertModel"},
                                                        {"wavlm", "WavLMModel"}};
  return table;
}

std::vector<SpeechEncoderDecoderConfig::Shortening> shorteningOf(const JsonField& encoder,
                                                                 bool takesFeatures) {
  std::vector<SpeechEncoderDecoderConfig::Shortening> result;
  if (!takesFeatures) {
    const auto features = readWaveFeatures(encoder, 1);
    for (std::size_t i = 0; i < features.kernels.size(); ++i)
      result.push_back({features.kernels[i], features.strides[i]});
  }
  if (!encoder.get("add_adapter", false)) return result;
  const std::int64_t kernel = positiveSizeOr(encoder, "adapter_kernel_size", 3, 1 << 20);
  const std::int64_t stride = positiveSizeOr(encoder, "adapter_stride", 2, 1 << 20);
  const auto layers = positiveSizeOr(encoder, "num_adapter_layers", takesFeatures ? 1 : 3, 1000);
  for (std::int64_t i = 0; i < layers; ++i)
    result.push_back(takesFeatures
                         ? SpeechEncoderDecoderConfig::Shortening{kernel, stride, kernel / 2}
                         : SpeechEncoderDecoderConfig::Shortening{1, stride});
  return result;
}

}  // namespace

SpeechEncoderDecoderConfig SpeechEncoderDecoderConfig::read(const JsonField& config) {
  SpeechEncoderDecoderConfig c;
  const JsonField encoder = config["encoder"], decoder = config["decoder"];
  c.encoderClass = text::encoderClassOf(encoder, encoders());
  c.takesFeatures = encoder.require<std::string>("model_type") == kOfFeatures;
  c.shortening = shorteningOf(encoder, c.takesFeatures);
  const std::int64_t hidden = shapeOfPart(encoder).hidden;
  c.encoderHidden = positiveSizeOr(encoder, "output_hidden_size", hidden);
  c.decoder = text::crossDecoderShape(decoder);
  c.projected = !text::takesWidthOf(decoder, hidden) && c.encoderHidden != c.decoder.hidden;
  // The decoder's own counts.
  config.has("tie_word_embeddings");
  return c;
}

ModelShape speechEncoderDecoderShape(const JsonField& config) {
  return SpeechEncoderDecoderConfig::read(config).decoder;
}

}  // namespace orrery::models::speech
