#pragma once

#include "core/models/vision/backbone.h"

/// What builds the models and backbones of each type in this folder.
namespace orrery::models::vision {

std::unique_ptr<Model> makeBeit(const ModelSpec& spec);
std::unique_ptr<Backbone> makeBeitBackbone(const JsonField& config, const nn::Weights& weights);

std::unique_ptr<Model> makeDepthAnything(const ModelSpec& spec);
std::unique_ptr<Model> makeDpt(const ModelSpec& spec);

std::unique_ptr<Model> makeDinov2(const ModelSpec& spec);
std::unique_ptr<Backbone> makeDinov2Backbone(const JsonField& config, const nn::Weights& weights);

std::unique_ptr<Model> makeGlpn(const ModelSpec& spec);
std::unique_ptr<Model> makeSegformer(const ModelSpec& spec);
std::unique_ptr<Model> makeConvNext(const ModelSpec& spec);  ///< convnext, convnextv2
std::unique_ptr<Backbone> makeConvNextBackbone(const JsonField& config, const nn::Weights& weights);

std::unique_ptr<Model> makeEfficientNet(const ModelSpec& spec);
std::unique_ptr<Model> makeMobileNetV1(const ModelSpec& spec);
std::unique_ptr<Model> makeMobileNetV2(const ModelSpec& spec);
std::unique_ptr<Model> makeMobileViT(const ModelSpec& spec);
std::unique_ptr<Model> makeRegNet(const ModelSpec& spec);

std::unique_ptr<Model> makeResNet(const ModelSpec& spec);  ///< resnet, rt_detr_resnet
std::unique_ptr<Backbone> makeResNetBackbone(const JsonField& config, const nn::Weights& weights);

std::unique_ptr<Model> makeSwin(const ModelSpec& spec);  ///< swin, swinv2, maskformer-swin
std::unique_ptr<Backbone> makeSwinBackbone(const JsonField& config, const nn::Weights& weights);
std::unique_ptr<Backbone> makeTimmBackbone(const JsonField& config, const nn::Weights& weights);

std::unique_ptr<Model> makeVit(const ModelSpec& spec);  ///< vit, deit

std::unique_ptr<Model> makeYolos(const ModelSpec& spec);
/// Enters the models that find and cut out things.
void registerDetectors(Families& families);
/// … that cut a whole one into segments.
void registerSegmenters(Families& families);

std::unique_ptr<Model> makeVitDet(const ModelSpec& spec);
std::unique_ptr<Backbone> makeVitDetBackbone(const JsonField& config, const nn::Weights& weights);
std::unique_ptr<Model> makeVitMatte(const ModelSpec& spec);

}  // namespace orrery::models::vision
