#pragma once

#include <functional>
#include <initializer_list>

#include "core/base/json.h"
#include "core/models/model.h"
#include "core/nn/weights.h"

namespace orrery::models {

/// What a family builds a model from.
struct ModelSpec {
  JsonField config;
  nn::Weights weights;    ///< the root of the checkpoint
  std::string className;  ///< transformers' class: "LlamaForCausalLM"
};

/// Builds the model of one model_type.
using MakeModel = std::function<std::unique_ptr<Model>(const ModelSpec&)>;
using Families = std::map<std::string, MakeModel>;

/// Builds the model that `spec` describes, as a part of another one: its model_type decides.
std::unique_ptr<Model> makeModel(const ModelSpec& spec);

/// The scope of the base model: a checkpoint of a model with a head has it below one of `prefixes`,
/// one of the base model itself at the root.
nn::Weights baseScope(const nn::Weights& root, std::initializer_list<const char*> prefixes);

namespace text {
void registerDecoders(Families& families);
void registerClassicDecoders(Families& families);
void registerEncoders(Families& families);
void registerT5(Families& families);
}  // namespace text

namespace multimodal {
void registerTwoTowers(Families& families);
void registerBlip(Families& families);
void registerBlip2(Families& families);
void registerLlava(Families& families);
void registerPaliGemma(Families& families);
void registerIdefics3(Families& families);
void registerQwen2Vl(Families& families);
void registerVisionEncoderDecoder(Families& families);
}  // namespace multimodal

namespace speech {
void registerFamilies(Families& families);
}  // namespace speech

namespace timeseries {
void registerFamilies(Families& families);
}  // namespace timeseries

namespace vision {
void registerFamilies(Families& families);
}  // namespace vision

namespace timm {
void registerFamilies(Families& families);
}  // namespace timm

}  // namespace orrery::models
