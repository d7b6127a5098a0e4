#include <ATen/core/grad_mode.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/models/timm/net.h"
#include "core/models/timm/timm_config.h"

/// The one place that lists timm's classes of this folder.
namespace orrery::models::timm {
namespace {

const std::map<std::string, Build>& builders() {
  static const std::map<std::string, Build> table{
      {"Beit", buildBeit},
      {"ByobNet", buildByobNet},
      {"ConvNeXt", buildConvNext},
      {"DenseNet", buildDenseNet},
      {"EfficientNet", buildEfficientNet},
      {"MlpMixer", buildMlpMixer},
      {"MobileNetV3", buildMobileNetV3},
      {"RegNet", buildRegNet},
      {"ResNet", buildResNet},
      {"SwinTransformer", buildSwin},
      {"VGG", buildVgg},
      {"VisionTransformer", buildVisionTransformer},
      {"VisionTransformerDistilled", buildDistilled},
  };
  return table;
}

/// Arguments, "a" or "a.b", that only training looks at.
bool isForTraining(const std::string& path) {
  const std::string name = path.substr(path.rfind('.') + 1);
  return name.ends_with("drop_rate") || name.ends_with("drop_path_rate") ||
         name.ends_with("_init") || name == "drop_block_rate" || name == "zero_init_last" ||
         name == "head_init_scale";
}

}  // namespace

Net build(const Architecture& architecture, const std::string& source, const nn::Weights& weights,
          std::size_t features) {
  JsonReads reads;
  const JsonField arguments(architecture.arguments, source, &reads);
  Scope scope{.weights = weights, .features = features};
  if (const auto pruned = arguments.find("pruned")) scope.pruned = &pruned->json();
  Net net = builders().at(architecture.builder)(arguments, scope);
  auto unknown = reads.unread(architecture.arguments);
  std::erase_if(unknown, isForTraining);
  std::erase(unknown, "in_chans");  // a model without a classifier may never look at it
  if (features > 0)                 // nor one without a head at these
    std::erase_if(unknown,
                  [](const auto& name) { return name == "num_classes" || name == "global_pool"; });
  if (!unknown.empty())
    throw arguments.error(
        fmt::format("{} takes no argument {}", architecture.builder, fmt::join(unknown, ", ")));
  return net;
}

namespace {

class TimmModel : public Model {
 public:
  TimmModel(Net net, std::int64_t channels, bool features)
      : net_(std::move(net)), channels_(channels), features_(features) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values"});
    at::Tensor x = requireImages(inputs, channels_);
    for (const Net::Stage& stage : net_.stages) {
      x = stage.layer(x);
      if (observer) (*observer)(stage.name, x);
    }
    if (!features_) return {{"logits", net_.logits(x).contiguous()}};
    return {{"last_hidden_state", x.contiguous()}, {"pooler_output", net_.head(x).contiguous()}};
  }

 private:
  Net net_;
  std::int64_t channels_;
  bool features_;
};

}  // namespace

std::unique_ptr<Model> makeTimm(const ModelSpec& spec) {
  const Architecture architecture = readArchitecture(spec.config);
  const bool features = spec.className == "TimmWrapperModel";
  if (!features && spec.className != kClassifier)
    throw Error(ErrorKind::kUnsupported, "class {} is not one of {}, TimmWrapperModel",
                quoted(spec.className), kClassifier);
  Net net = build(architecture, spec.config.name(), baseScope(spec.weights, {"timm_model"}));
  const auto channels =
      JsonField(architecture.arguments, spec.config.name()).get<std::int64_t>("in_chans", 3);
  return std::make_unique<TimmModel>(std::move(net), channels, features);
}

void registerFamilies(Families& families) {
  families[kModelType] = makeTimm;
}

}  // namespace orrery::models::timm
