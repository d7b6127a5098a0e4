#include "core/models/vision/dpt_config.h"

#include "core/models/config_fields.h"

namespace orrery::models::vision {
namespace {

using Readout = DptNeckConfig::Readout;

/// What both types call the same.
void readNeck(DptNeckConfig& neck, const JsonField& config, std::vector<std::int64_t> hidden,
              std::int64_t fusionHidden) {
  neck.hidden = stageNumbers(config, "neck_hidden_sizes", std::move(hidden));
  neck.factors = config.get("reassemble_factors", std::vector<double>{4, 2, 1, 0.5});
  for (const double factor : neck.factors)
    if (!(factor >= 1.0 / 64 && factor <= 64))
      throw config["reassemble_factors"].error("expected factors of 1/64 to 64");
  if (neck.factors.size() < neck.hidden.size())
    throw config.error(fmt::format("reassemble_factors: expected {} as neck_hidden_sizes, found {}",
                                   neck.hidden.size(), neck.factors.size()));
  neck.fusionHidden = positiveSizeOr(config, "fusion_hidden_size", fusionHidden);
  const auto count = static_cast<std::int64_t>(neck.hidden.size());
  const auto index = config.get("head_in_index", std::int64_t{-1});
  if (index < -count || index >= count)
    throw config["head_in_index"].error(fmt::format("there are {} maps, found {}", count, index));
  neck.headIndex = index < 0 ? index + count : index;
}

Readout readReadout(const JsonField& config) {
  const auto name = config.get<std::string>("readout_type", "project");
  if (name == "ignore") return Readout::kIgnore;
  if (name == "add") return Readout::kAdd;
  if (name == "project") return Readout::kProject;
  throw config["readout_type"].error("expected \"ignore\", \"add\" or \"project\"");
}

void readDpt(DptConfig& c, const JsonField& config) {
  if (config.get("is_hybrid", false))
    throw config["is_hybrid"].error("true is not supported; expected false");
  for (const char* key : {"backbone_featmap_shape", "neck_ignore_stages"})
    config.find(key);  // only a hybrid looks at them
  readNeck(c.neck, config, {96, 192, 384, 768}, 256);
  c.neck.readout = readReadout(config);
  c.neck.readoutActivation = config.get<std::string>("hidden_act", "gelu");
  c.neck.batchNorm = config.get("use_batch_norm_in_fusion_residual", false);
  c.neck.bias = config.get("use_bias_in_fusion_residual", !c.neck.batchNorm);
  c.projection = config.get("add_projection", false);
  if (const auto backbone = config.find("backbone_config"))
    c.neck.tokens = backbone->require<std::string>("model_type") != "swinv2";
  else
    c.vit = VitConfig::read(config);
}

void readDepthAnything(DptConfig& c, const JsonField& config) {
  readNeck(c.neck, config, {48, 96, 192, 384}, 64);
  c.neck.resizeToNext = true;
  c.patch = positiveSizeOr(config, "patch_size", 14);
  c.reassembleHidden = positiveSizeOr(config, "reassemble_hidden_size", 384);
  c.headHidden = positiveSizeOr(config, "head_hidden_size", 32);
  const auto type = config.get<std::string>("depth_estimation_type", "relative");
  if (type != "relative" && type != "metric")
    throw config["depth_estimation_type"].error("expected \"relative\" or \"metric\"");
  c.metric = type == "metric";
  const double depth = config.get("max_depth", 1.0);
  c.maxDepth = depth == 0 ? 1 : depth;
  config["backbone_config"];  // has to be there
}

}  // namespace

DptConfig DptConfig::read(const JsonField& config) {
  DptConfig c;
  c.modelType = config.require<std::string>("model_type");
  c.labels = labelCount(config);
  if (c.modelType == "dpt")
    readDpt(c, config);
  else
    readDepthAnything(c, config);
  return c;
}

ModelShape dptShape(const JsonField& config) {
  const auto c = DptConfig::read(config);
  return c.vit ? shapeOf(*c.vit) : backboneShape(config["backbone_config"]);
}

}  // namespace orrery::models::vision
