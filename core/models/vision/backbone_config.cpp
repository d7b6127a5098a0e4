#include "core/models/vision/backbone_config.h"

#include "core/models/timm/timm_config.h"

namespace orrery::models::vision {
namespace {

/// What a detector asks of timm where its config says no more than a name.
Json timmDefaults(const JsonField& config) {
  Json result{{"num_channels", config.get<std::int64_t>("num_channels", 3)},
              {"out_indices", {1, 2, 3, 4}}};
  if (config.get<std::string>("model_type", "") == "deformable_detr") {
    const bool several = config.get<std::int64_t>("num_feature_levels", 4) > 1;
    result = {{"num_channels", 3}, {"out_indices", several ? Json{2, 3, 4} : Json{4}}};
  }
  if (config.get("dilation", false)) result["output_stride"] = 16;
  return result;
}

}  // namespace

BackboneConfig::BackboneConfig(const JsonField& config) {
  const bool usesTimm = config.get("use_timm_backbone", true);
  const auto name = config.get<std::string>("backbone", "resnet50");
  Json defaults = timmDefaults(config);
  config.find("use_pretrained_backbone");  // the checkpoint holds its weights
  const auto arguments = config.find("backbone_kwargs");
  const bool named = arguments && !arguments->json().empty();
  if (named && !arguments->json().is_object()) throw arguments->error("expected an object");
  if (const auto own = config.find("backbone_config")) {
    field_.emplace(*own);
    return;
  }
  made_ = std::make_unique<Json>(usesTimm && !named ? std::move(defaults) : Json::object());
  if (named) made_->update(arguments->json());
  made_->update({{"model_type", timm::kBackboneType}, {"backbone", name}});
  field_.emplace(*made_, config.name());
}

}  // namespace orrery::models::vision
