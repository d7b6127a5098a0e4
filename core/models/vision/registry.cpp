#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/models/vision/vision_families.h"

/// The one place that lists the families of this folder.
namespace orrery::models::vision {
namespace {

const std::map<std::string, MakeBackbone>& backbones() {
  static const std::map<std::string, MakeBackbone> table{
      {"beit", makeBeitBackbone},           {"convnext", makeConvNextBackbone},
      {"convnextv2", makeConvNextBackbone}, {"dinov2", makeDinov2Backbone},
      {"resnet", makeResNetBackbone},       {"rt_detr_resnet", makeResNetBackbone},
      {"swin", makeSwinBackbone},           {"swinv2", makeSwinBackbone},
      {"vitdet", makeVitDetBackbone},       {"maskformer-swin", makeSwinBackbone},
      {"timm_backbone", makeTimmBackbone},
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
  families["beit"] = makeBeit;
  families["convnext"] = makeConvNext;
  families["convnextv2"] = makeConvNext;
  families["deit"] = makeVit;
  families["depth_anything"] = makeDepthAnything;
  families["dinov2"] = makeDinov2;
  families["efficientnet"] = makeEfficientNet;
  families["dpt"] = makeDpt;
  families["glpn"] = makeGlpn;
  families["mobilenet_v1"] = makeMobileNetV1;
  families["mobilenet_v2"] = makeMobileNetV2;
  families["mobilevit"] = makeMobileViT;
  families["regnet"] = makeRegNet;
  families["maskformer-swin"] = makeSwin;
  families["resnet"] = makeResNet;
  families["rt_detr_resnet"] = makeResNet;
  families["segformer"] = makeSegformer;
  families["swin"] = makeSwin;
  families["swinv2"] = makeSwin;
  families["vit"] = makeVit;
  families["vitdet"] = makeVitDet;
  families["vitmatte"] = makeVitMatte;
  families["yolos"] = makeYolos;
  registerDetectors(families);
  registerSegmenters(families);
}

}  // namespace orrery::models::vision
