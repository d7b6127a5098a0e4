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
  /// What timm's features_only gives: the output of the first `stages`.
  struct Feature {
    std::string name;  ///< timm's name of the module
    std::int64_t channels = 0;
    std::size_t stages = 0;
  };
  std::vector<Stage> stages;  ///< from pixels to features, observed one by one
  std::vector<Feature> features;
  Layer head;    ///< from features to what the classifier gets: pooling and norms
  Layer logits;  ///< from features to the scores of the classes

  /// The stages so far give the next feature map. True if that is the last that `scope` wants.
  bool addFeature(std::string name, std::int64_t channels, const Scope& scope) {
    features.push_back({std::move(name), channels, stages.size()});
    return features.size() == scope.features;
  }
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

struct Architecture;
/// The net of `architecture`, whose fields `source` names in errors: the whole of it, or what gives
/// the first `features` feature maps.
Net build(const Architecture& architecture, const std::string& source, const nn::Weights& weights,
          std::size_t features = 0);

/// The model of a config.json of timm's. `className` may be TimmWrapperModel for the features.
std::unique_ptr<Model> makeTimm(const ModelSpec& spec);

}  // namespace orrery::models::timm
