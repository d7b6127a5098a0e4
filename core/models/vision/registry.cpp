#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/models/vision/vision_families.h"

/// Enters the families of this folder.
namespace orrery::models::vision {
namespace {

const std::map<std::string, MakeBackbone>& backbones() {
  static const std::map<std::string, MakeBackbone> table{
#define ORRERY_VISION_BACKBONE(type, make) {type, make},
#include "core/models/vision/backbone_types.inc"
#undef ORRERY_VISION_BACKBONE
  };
  return table;
}

class BackboneModel : public Model {
 public:
  explicit BackboneModel(std::unique_ptr<Backbone> backbone) : backbone_(std::move(backbone)) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values"});
    const auto maps = backbone_->forward(requireImages(inputs, 0), observer);
    TensorMap outputs;
    for (std::size_t i = 0; i < maps.size(); ++i)
      outputs[fmt::format("feature_maps.{}", i)] = maps[i];
    return outputs;
  }

 private:
  std::unique_ptr<Backbone> backbone_;
};

}  // namespace

std::unique_ptr<Backbone> makeBackbone(const JsonField& config, const nn::Weights& weights) {
  const auto type = config.require<std::string>("model_type");
  const auto found = backbones().find(type);
  if (found == backbones().end())
    throw config["model_type"].error(fmt::format("{} cannot be a backbone here", quoted(type)));
  return found->second(config, weights);
}

std::unique_ptr<Model> backboneModel(const ModelSpec& spec) {
  return std::make_unique<BackboneModel>(makeBackbone(spec.config, spec.weights));
}

void registerFamilies(Families& families) {
#define ORRERY_VISION_MODEL(type, make, shape) families[type] = make;
#include "core/models/vision/model_types.inc"
#undef ORRERY_VISION_MODEL
}

}  // namespace orrery::models::vision
