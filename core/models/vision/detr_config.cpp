#include "core/models/vision/detr_config.h"

#include "core/models/config_fields.h"
#include "core/models/vision/backbone_config.h"
#include "core/models/vision/detector_config.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {
DetrConfig DetrConfig::read(const JsonField& config) {
  DetrConfig c;
  const auto type = config.require<std::string>("model_type");
  c.normFirst = type == "table-transformer";
  c.conditional = type == "conditional_detr";
  c.channels = positiveSizeOr(config, "num_channels", c.channels);
  c.hidden = positiveSizeOr(config, "d_model", c.hidden);
  c.queries = positiveSizeOr(config, "num_queries", c.conditional ? 300 : 100);
  c.encoderLayers = positiveSizeOr(config, "encoder_layers", c.encoderLayers);
  c.encoderHeads = positiveSizeOr(config, "encoder_attention_heads", c.encoderHeads);
  c.encoderFfn = positiveSizeOr(config, "encoder_ffn_dim", c.encoderFfn);
  c.decoderLayers = positiveSizeOr(config, "decoder_layers", c.decoderLayers);
  c.decoderHeads = positiveSizeOr(config, "decoder_attention_heads", c.decoderHeads);
  c.decoderFfn = positiveSizeOr(config, "decoder_ffn_dim", c.decoderFfn);
  c.activation = config.get<std::string>("activation_function", "relu");
  c.learnedPositions = vision::learnedPositions(config);
  c.auxiliary = config.get("auxiliary_loss", false);
  c.labels = labelCount(config);
  if (c.hidden % 4 != 0) throw config["d_model"].error("expected a multiple of 4");
  checkTransformer(config, c.hidden, {c.encoderHeads, c.decoderHeads},
                   {c.encoderLayers, c.decoderLayers});
  return c;
}

ModelShape detrShape(const JsonField& config) {
  const auto c = DetrConfig::read(config);
  backboneShape(BackboneConfig(config).field());
  return {.hidden = c.hidden,
          .heads = c.encoderHeads,
          .kvHeads = c.encoderHeads,
          .headDim = c.hidden / c.encoderHeads,
          .ffn = c.encoderFfn,
          .layers = c.encoderLayers + c.decoderLayers,
          .windows = {}};
}

}  // namespace orrery::models::vision
