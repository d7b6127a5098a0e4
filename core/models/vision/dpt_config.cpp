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

/// A hybrid's neck gets two maps of the backbone, then tokens.
void readHybrid(DptConfig& c, const JsonField& config) {
  c.neck.maps = 2;
  const std::vector<std::int64_t> first{0, 1};
  if (config.get("neck_ignore_stages", first) != first)
    throw config["neck_ignore_stages"].error("expected [0, 1]");
  if (c.neck.readout != Readout::kProject)
    throw config["readout_type"].error("expected \"project\" for a hybrid");
}

void readDpt(DptConfig& c, const JsonField& config) {
  c.hybrid = config.get("is_hybrid", false);
  for (const char* key : {"backbone_featmap_shape", "neck_ignore_stages"})
    config.find(key);  // what a hybrid's weights tell, and what others do not look at
  readNeck(c.neck, config, {96, 192, 384, 768}, 256);
  c.neck.readout = readReadout(config);
  c.neck.readoutActivation = config.get<std::string>("hidden_act", "gelu");
  c.neck.batchNorm = config.get("use_batch_norm_in_fusion_residual", false);
  c.neck.bias = config.get("use_bias_in_fusion_residual", !c.neck.batchNorm);
  c.projection = config.get("add_projection", false);
  const auto backbone = config.find("backbone_config");
  if (c.hybrid)
    readHybrid(c, config);
  else if (backbone && backbone->require<std::string>("model_type") == "swinv2")
    c.neck.maps = c.neck.hidden.size();
  if (c.hybrid || !backbone) c.vit = VitConfig::read(config);
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

Json hybridBackbone(const JsonField& config) {
  const auto own = config.find("backbone_config");
  if (!own)
    return {{"model_type", "bit"},        {"global_padding", "same"},
            {"layer_type", "bottleneck"}, {"embedding_dynamic_padding", true},
            {"depths", {3, 4, 9}},        {"out_features", {"stage1", "stage2", "stage3"}}};
  Json result = own->json();
  if (!result.is_object()) throw own->error("expected an object");
  if (!result.contains("model_type")) result["model_type"] = "bit";
  return result;
}

ModelShape dptShape(const JsonField& config) {
  const auto c = DptConfig::read(config);
  return c.vit ? shapeOf(*c.vit) : backboneShape(config["backbone_config"]);
}

}  // namespace orrery::models::vision
