#include "core/models/auto_model.h"

#include <fmt/ranges.h>

#include "core/base/error.h"
#include "core/models/families.h"
#include "core/models/timm/timm_config.h"

namespace orrery::models {
namespace {

const Families& families() {
  static const Families table = [] {
    Families result;
    text::registerDecoders(result);
    text::registerClassicDecoders(result);
    text::registerEncoders(result);
    text::registerT5(result);
    vision::registerFamilies(result);
    multimodal::registerTwoTowers(result);
    multimodal::registerBlip(result);
    multimodal::registerBlip2(result);
    multimodal::registerLlava(result);
    multimodal::registerPaliGemma(result);
    multimodal::registerIdefics3(result);
    multimodal::registerQwen2Vl(result);
    multimodal::registerVisionEncoderDecoder(result);
    timm::registerFamilies(result);
    speech::registerFamilies(result);
    timeseries::registerFamilies(result);
    return result;
  }();
  return table;
}

std::string classNameOf(const JsonField& config, const std::string& asked) {
  if (!asked.empty()) return asked;
  if (timm::isTimm(config.json()))
    return config.get("architectures", std::vector<std::string>{timm::kClassifier}).at(0);
  const auto architectures = config.get("architectures", std::vector<std::string>{});
  if (architectures.empty()) throw config.error("names no architectures; pass the class to load");
  return architectures.front();
}

/// Whether an unused tensor is no sign of a misread checkpoint: a constant buffer of older files.
bool isHarmless(std::string_view name) {
  for (const char* suffix : {"rotary_emb.inv_freq", "masked_bias", "attn.bias", "position_ids",
                             "attention.bias", "rotary_emb.cos_cached", "rotary_emb.sin_cached"})
    if (name.ends_with(suffix)) return true;
  return false;
}

/// A stack must be used whole; what lies outside of it may belong to another head.
void refuseLeftOver(const nn::Weights& weights) {
  const auto inStack = [](const std::string& name) {
    for (const char* stack : {"layers.", "layer.", "stages.", "blocks.", "block."})
      if (name.find(stack) != name.npos) return true;
    return false;
  };
  std::vector<std::string> unused;
  for (const auto& name : weights.leftOver())
    if (!isHarmless(name) && inStack(name)) unused.push_back(name);
  if (!unused.empty())
    throw Error(ErrorKind::kInvalidInput,
                "{} tensors are not part of the model that the config describes, {} first",
                unused.size(), unused.front());
}

}  // namespace

nn::Weights baseScope(const nn::Weights& root, std::initializer_list<const char*> prefixes) {
  for (const char* prefix : prefixes)
    if ((root / prefix).hasAny()) return root / prefix;
  return root;
}

std::unique_ptr<Model> makeModel(const ModelSpec& spec) {
  requireSupported(spec.config);
  return families().at(modelTypeOf(spec.config))(spec);
}

std::unique_ptr<Model> buildModel(const JsonField& config, const nn::Weights& weights,
                                  const std::string& className) {
  return makeModel({config, weights, classNameOf(config, className)});
}

std::unique_ptr<Model> loadModel(const checkpoint::Checkpoint& checkpoint,
                                 const std::string& className, nn::Precision precision) {
  const JsonField config(checkpoint.config, checkpoint.configName());
  requireSupported(config);
  const nn::Weights weights(checkpoint.weights, precision);
  try {
    auto model = buildModel(config, weights, className);
    refuseLeftOver(weights);
    return model;
  } catch (Error& error) {
    // What does not look at files (an activation, a class) cannot name the one it was asked for.
    const std::string path = checkpoint.folderOrFile.string();
    if (std::string_view(error.what()).find(path) == std::string_view::npos) error.in(path);
    throw;
  }
}

}  // namespace orrery::models
