#include "core/models/vision/deformable_detr_config.h"

#include "core/models/config_fields.h"
#include "core/models/vision/backbone_config.h"
#include "core/models/vision/detector_config.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {

DeformableDetrConfig DeformableDetrConfig::read(const JsonField& config) {
  DeformableDetrConfig c;
  c.channels = positiveSizeOr(config, "num_channels", c.channels);
  c.hidden = positiveSizeOr(config, "d_model", c.hidden);
  c.queries = positiveSizeOr(config, "num_queries", c.queries);
  c.encoderLayers = positiveSizeOr(config, "encoder_layers", c.encoderLayers);
  c.encoderHeads = positiveSizeOr(config, "encoder_attention_heads", c.encoderHeads);
  c.encoderFfn = positiveSizeOr(config, "encoder_ffn_dim", c.encoderFfn);
  c.encoderPoints = positiveSizeOr(config, "encoder_n_points", c.encoderPoints);
  c.decoderLayers = positiveSizeOr(config, "decoder_layers", c.decoderLayers);
  c.decoderHeads = positiveSizeOr(config, "decoder_attention_heads", c.decoderHeads);
  c.decoderFfn = positiveSizeOr(config, "decoder_ffn_dim", c.decoderFfn);
  c.decoderPoints = positiveSizeOr(config, "decoder_n_points", c.decoderPoints);
  c.levels = positiveSizeOr(config, "num_feature_levels", c.levels);
  c.activation = config.get<std::string>("activation_function", "relu");
  c.learnedPositions = vision::learnedPositions(config);
  c.refine = config.get("with_box_refine", false);
  c.twoStage = config.get("two_stage", false);
  c.proposals = positiveSizeOr(config, "two_stage_num_proposals", c.proposals);
  c.labels = labelCount(config);
  if (c.twoStage && !c.refine)
    throw config["two_stage"].error("true needs with_box_refine to be true, too");
  constexpr std::int64_t kGroups = 32;
  if (c.hidden % kGroups != 0)
    throw config["d_model"].error(fmt::format("expected a multiple of {}", kGroups));
  checkTransformer(config, c.hidden, {c.encoderHeads, c.decoderHeads},
                   {c.encoderLayers, c.decoderLayers, c.levels});
  return c;
}

ModelShape deformableDetrShape(const JsonField& config) {
  const auto c = DeformableDetrConfig::read(config);
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
