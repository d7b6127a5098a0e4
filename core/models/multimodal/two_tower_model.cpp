#include "core/models/multimodal/two_tower_model.h"

#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/config_fields.h"

namespace orrery::models::multimodal {

using nn::Linear;
using Bias = Linear::Bias;

TensorMap similarities(const at::Tensor& imageEmbeds, const at::Tensor& textEmbeds,
                       const at::Tensor& logScale, const at::Tensor& bias) {
  const auto unit = [](const at::Tensor& x) { return x / x.norm(2, -1, /*keepdim=*/true); };
  const at::Tensor images = unit(imageEmbeds), texts = unit(textEmbeds);
  if (images.size(1) != texts.size(1))
    throw Error(ErrorKind::kInvalidInput,
                "pictures become {} numbers and texts {}: these cannot be compared", images.size(1),
                texts.size(1));
  at::Tensor perText = at::matmul(texts, images.t()) * logScale.exp();
  if (bias.defined()) perText = perText + bias;
  return {{"image_embeds", images},
          {"text_embeds", texts},
          {"logits_per_text", perText},
          {"logits_per_image", perText.t().contiguous()}};
}

void addTower(TensorMap& outputs, const TowerOutput& output, const std::string& prefix) {
  outputs[prefix + "last_hidden_state"] = output.hidden;
  if (output.pooled.defined()) outputs[prefix + "pooler_output"] = output.pooled;
}

nn::Observer observerBelow(const nn::Observer* observer, const std::string& prefix) {
  if (!observer) return {};
  return [observer, prefix](std::string_view name, const at::Tensor& value) {
    (*observer)(prefix + std::string(name), value);
  };
}

void leaveOut(const nn::Weights& root, std::string_view prefix) {
  for (const auto& name : (root / prefix).leftOver()) root.ignore(name);
}

namespace {

const nn::Observer* given(const nn::Observer& observer) {
  return observer ? &observer : nullptr;
}

/// Both towers and how alike what they say is.
class TwoTowers : public Model {
 public:
  TwoTowers(const ModelSpec& spec, TowerKind kind)
      : text_(spec.weights / "text_model",
              TextTowerConfig::read(partOf(spec.config, "text_config"), kind)),
        vision_(spec.weights / "vision_model",
                VisionTowerConfig::read(partOf(spec.config, "vision_config"), kind)) {
    const nn::Weights& root = spec.weights;
    if (kind == TowerKind::kClip) {
      const auto width = positiveSizeOr(spec.config, "projection_dim", 512);
      textOut_ = Linear(root / "text_projection", text_.config().hidden, width, Bias::kNone);
      visionOut_ = Linear(root / "visual_projection", vision_.config().hidden, width, Bias::kNone);
      logScale_ = root.tensor("logit_scale", {});
    } else {
      logScale_ = root.tensor("logit_scale", {1});
      bias_ = root.tensor("logit_bias", {1});
      if (!vision_.config().attentionPool)
        throw spec.config.error(
            "without vision_use_head there is no picture to compare texts with");
    }
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    auto known = vision_.inputNames();
    for (auto& name : TextTower::inputNames()) known.push_back(std::move(name));
    checkInputs(inputs, known);
    const auto ofVision = observerBelow(observer, "vision_model.");
    const auto ofText = observerBelow(observer, "text_model.");
    TowerOutput vision = vision_.forward(inputs, given(ofVision));
    TowerOutput text = text_.forward(inputs, given(ofText));
    if (visionOut_.outFeatures() > 0) {
      vision.pooled = visionOut_(vision.pooled);
      text.pooled = textOut_(text.pooled);
    }
    TensorMap outputs = similarities(vision.pooled, text.pooled, logScale_, bias_);
    addTower(outputs, vision, "vision_model_output.");
    addTower(outputs, text, "text_model_output.");
    return outputs;
  }

 private:
  TextTower text_;
  VisionTower vision_;
  Linear textOut_, visionOut_;
  at::Tensor logScale_, bias_;
};

/// The scope and the config of one tower, in a checkpoint of both or of that tower alone.
struct TowerSource {
  nn::Weights weights;
  JsonField config;
};

TowerSource towerSource(const ModelSpec& spec, const TwoTowerType& type, const std::string& tower) {
  const bool both = type.holds == TwoTowerType::Holds::kBoth;
  if (both) leaveOut(spec.weights, tower == "text" ? "vision_model" : "text_model");
  return {baseScope(spec.weights, {(tower + "_model").c_str()}),
          both ? partOf(spec.config, tower + "_config") : spec.config};
}

class TextModel : public Model {
 public:
  TextModel(const ModelSpec& spec, const TowerSource& source, TowerKind kind)
      : tower_(source.weights, TextTowerConfig::read(source.config, kind)) {
    const TextTowerConfig& c = tower_.config();
    if (spec.className.ends_with("WithProjection"))
      projection_ = Linear(spec.weights / "text_projection", c.hidden, c.projection, Bias::kNone);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, TextTower::inputNames());
    const TowerOutput output = tower_.forward(inputs, observer);
    TensorMap outputs;
    if (projection_.outFeatures() > 0)
      outputs = {{"text_embeds", projection_(output.pooled)}, {"last_hidden_state", output.hidden}};
    else
      addTower(outputs, output, "");
    return outputs;
  }

 private:
  TextTower tower_;
  Linear projection_;
};

class VisionModel : public Model {
 public:
  VisionModel(const ModelSpec& spec, const TowerSource& source, TowerKind kind)
      : tower_(source.weights, VisionTowerConfig::read(source.config, kind)) {
    const VisionTowerConfig& c = tower_.config();
    if (spec.className.ends_with("WithProjection"))
      projection_ = Linear(spec.weights / "visual_projection", c.hidden, c.projection, Bias::kNone);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, tower_.inputNames());
    const TowerOutput output = tower_.forward(inputs, observer);
    TensorMap outputs;
    if (projection_.outFeatures() > 0)
      outputs = {{"image_embeds", projection_(output.pooled)},
                 {"last_hidden_state", output.hidden}};
    else
      addTower(outputs, output, "");
    return outputs;
  }

 private:
  VisionTower tower_;
  Linear projection_;
};

/// Classes of a picture from the mean of its patches.
class ImageClassifier : public Model {
 public:
  ImageClassifier(const ModelSpec& spec, const TowerSource& source, TowerKind kind)
      : tower_(source.weights, VisionTowerConfig::read(source.config, kind)),
        score_(spec.weights / "classifier", tower_.config().hidden, labelCount(spec.config),
               Bias::kRequired) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, tower_.inputNames());
    at::Tensor hidden = tower_.forward(inputs, observer).hidden;
    if (tower_.config().kind == TowerKind::kClip) hidden = hidden.slice(1, 1);
    const at::Tensor seen = inputIf(inputs, "pixel_attention_mask");
    if (!seen.defined()) return {{"logits", score_(hidden.mean(1))}};
    const at::Tensor mask = seen.unsqueeze(-1).to(at::kFloat);
    return {{"logits", score_((hidden * mask).sum(1) / mask.sum(1))}};
  }

 private:
  VisionTower tower_;
  Linear score_;
};

std::unique_ptr<Model> makeTwoTowers(const ModelSpec& spec) {
  using Holds = TwoTowerType::Holds;
  const auto type = twoTowerTypes().at(spec.config.require<std::string>("model_type"));
  const std::string& name = spec.className;
  const auto isOneOf = [&](const char* head) {
    return name.ends_with(head) || name.ends_with(std::string(head) + "WithProjection");
  };
  if (isOneOf("TextModel") && type.holds != Holds::kVision)
    return std::make_unique<TextModel>(spec, towerSource(spec, type, "text"), type.kind);
  const bool isTower = isOneOf("VisionModel") || name.ends_with("VisionTransformer");
  if (isTower && type.holds != Holds::kText)
    return std::make_unique<VisionModel>(spec, towerSource(spec, type, "vision"), type.kind);
  if (type.holds == Holds::kBoth && name.ends_with("ForImageClassification"))
    return std::make_unique<ImageClassifier>(spec, towerSource(spec, type, "vision"), type.kind);
  if (type.holds == Holds::kBoth && name.ends_with("Model"))
    return std::make_unique<TwoTowers>(spec, type.kind);
  throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of {}", quoted(name),
              spec.config.require<std::string>("model_type"));
}

}  // namespace

void registerTwoTowers(Families& families) {
  for (const auto& [name, type] : twoTowerTypes()) families[name] = makeTwoTowers;
}

}  // namespace orrery::models::multimodal
