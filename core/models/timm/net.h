#pragma once

#include "core/models/families.h"
#include "core/models/timm/layers.h"

namespace orrery::models::timm {

/// What a builder makes of a model's arguments and weights.
struct Net {
  struct Stage {
    std::string name;  ///< timm's name of the module
    Layer layer;
  };
  std::vector<Stage> stages;  ///< from pixels to features, observed one by one
  Layer head;                 ///< from features to what the classifier gets: pooling and norms
  Layer logits;               ///< from features to the scores of the classes

  void setHead(Layer pooled, const Layer& classifier) {
    logits = chain(pooled, classifier);
    head = std::move(pooled);
  }
};

using Build = Net (*)(const JsonField& arguments, const Scope& scope);

Net buildBeit(const JsonField& arguments, const Scope& scope);
Net buildByobNet(const JsonField& arguments, const Scope& scope);
Net buildConvNext(const JsonField& arguments, const Scope& scope);
Net buildDenseNet(const JsonField& arguments, const Scope& scope);
Net buildEfficientNet(const JsonField& arguments, const Scope& scope);
Net buildMlpMixer(const JsonField& arguments, const Scope& scope);
Net buildMobileNetV3(const JsonField& arguments, const Scope& scope);
Net buildSwin(const JsonField& arguments, const Scope& scope);
Net buildVgg(const JsonField& arguments, const Scope& scope);
Net buildVisionTransformer(const JsonField& arguments, const Scope& scope);
Net buildDistilled(const JsonField& arguments, const Scope& scope);
Net buildRegNet(const JsonField& arguments, const Scope& scope);
Net buildResNet(const JsonField& arguments, const Scope& scope);

/// The model of a config.json of timm's. `className` may be TimmWrapperModel for the features.
std::unique_ptr<Model> makeTimm(const ModelSpec& spec);

}  // namespace orrery::models::timm
