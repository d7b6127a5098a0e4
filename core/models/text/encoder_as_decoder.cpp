#include "core/models/text/encoder_as_decoder.h"

#include "core/models/families.h"
#include "core/models/text/padded_positions.h"

/// Encoders of BERT's kind as decoders.
namespace orrery::models::text {

EncoderAsDecoder::EncoderAsDecoder(const nn::Weights& stack, const nn::Weights& root,
                                   const EncoderConfig& config)
    : config_(config), encoder_(stack, config), head_(root, config, encoder_) {}

at::Tensor EncoderAsDecoder::positions(const at::Tensor& ids, const at::Tensor& mask) const {
  return positionsAt(ids, CausalCore::positions(ids, mask));
}

at::Tensor EncoderAsDecoder::positionsAt(const at::Tensor& ids, const at::Tensor& places) const {
  const std::int64_t padding = config_.positionPadding;
  return padding >= 0 ? paddedPositions(ids, padding, places) : places;
}

at::Tensor EncoderAsDecoder::hiddenBeside(const CrossCache& cross, const at::Tensor& embeddings,
                                          const nn::Step& step) const {
  return encoder_.decode(embeddings, cross, step);
}

CrossCache EncoderAsDecoder::crossCache(const at::Tensor& encoded) const {
  return encoder_.crossCache(encoded);
}

nn::SequenceCache EncoderAsDecoder::newCache() const {
  return {std::vector<nn::LayerCache>(static_cast<std::size_t>(config_.layers))};
}

int EncoderAsDecoder::contextLength() const {
  // Positions of real tokens begin after that of padding.
  return static_cast<int>(config_.maxPositions - (config_.positionPadding + 1));
}

std::unique_ptr<CrossDecoder> makeEncoderAsDecoder(const JsonField& config,
                                                   const nn::Weights& weights) {
  const EncoderConfig c = EncoderConfig::readDecoder(config);
  return std::make_unique<EncoderAsDecoder>(baseScope(weights, {c.names.base}), weights, c);
}

}  // namespace orrery::models::text
