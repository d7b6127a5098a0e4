#include "core/models/model_config.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <map>

#include "core/models/harmless_fields.h"
#include "core/models/multimodal/two_tower_config.h"
#include "core/models/speech/speech_config.h"
#include "core/models/text/encoder_config.h"
#include "core/models/text/t5_config.h"
#include "core/models/text/text_config.h"
#include "core/models/timeseries/series_config.h"
#include "core/models/timm/timm_config.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models {
namespace {

ModelShape decoderShape(const JsonField& config) {
  return text::shapeOf(text::DecoderConfig::read(config));
}

ModelShape classicShape(const JsonField& config) {
  return text::shapeOf(text::ClassicConfig::read(config));
}

ModelShape encoderShape(const JsonField& config) {
  return text::shapeOf(text::EncoderConfig::read(config));
}

ModelShape t5Shape(const JsonField& config) {
  const auto c = text::T5Config::read(config);
  ModelShape shape{.hidden = c.hidden,
                   .heads = c.heads,
                   .kvHeads = c.heads,
                   .headDim = c.headDim,
                   .ffn = c.ffn,
                   .layers = c.encoderLayers,
                   .vocab = c.vocab};
  // Each decoder layer keeps its own keys and values, and those of the encoder's output.
  shape.windows.assign(2 * static_cast<std::size_t>(c.decoderLayers), 0);
  return shape;
}

const std::map<std::string, ReadShape>& families() {
  static const std::map<std::string, ReadShape> table = [] {
    std::map<std::string, ReadShape> result;
    for (const auto& type : text::decoderTypes()) result[type] = decoderShape;
    for (const auto& type : text::classicTypes()) result[type] = classicShape;
    for (const auto& type : text::encoderTypes()) result[type] = encoderShape;
    for (const auto& type : text::t5Types()) result[type] = t5Shape;
    vision::addShapes(result);
    multimodal::addShapes(result);
    speech::addShapes(result);
    timeseries::addShapes(result);
    result[timm::kModelType] = timm::readShape;
    return result;
  }();
  return table;
}

/// The first of `names` that holds a number: families call the same size differently.
std::int64_t sizeOf(const Json& config, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto at = config.find(name); at != config.end() && at->is_number_integer())
      return std::clamp<std::int64_t>(at->get<std::int64_t>(), 0, 1 << 30);
  return 0;
}

/// For models that this build cannot read: what the usual names say of the text model.
ModelShape guessedShape(const Json& config) {
  for (const char* part : {"text_config", "llm_config"})
    if (const auto at = config.find(part); at != config.end() && at->is_object())
      return guessedShape(*at);
  ModelShape shape{
      .hidden = sizeOf(config, {"hidden_size", "n_embd", "d_model", "dim"}),
      .heads = sizeOf(config, {"num_attention_heads", "n_head", "num_heads", "n_heads"}),
      .kvHeads = sizeOf(config, {"num_key_value_heads"}),
      .headDim = sizeOf(config, {"head_dim", "d_kv"}),
      .ffn = sizeOf(config, {"intermediate_size", "n_inner", "d_ff", "ffn_dim"}),
      .layers = sizeOf(config, {"num_hidden_layers", "n_layer", "num_layers", "n_layers"}),
      .vocab = sizeOf(config, {"vocab_size"}),
      .maxPositions =
          sizeOf(config, {"max_position_embeddings", "n_positions", "n_ctx", "seq_length"})};
  if (shape.kvHeads == 0) shape.kvHeads = shape.heads;
  if (shape.headDim == 0 && shape.heads > 0) shape.headDim = shape.hidden / shape.heads;
  shape.windows.assign(static_cast<std::size_t>(std::min(shape.layers, std::int64_t{10'000})), 0);
  return shape;
}

/// The packed forms that a family reads from a checkpoint; GGUF's need no field.
void requireReadable(const JsonField& config, const std::string& type) {
  const auto quantization = config.find("quantization_config");
  if (!quantization) return;
  const auto method = quantization->require<std::string>("quant_method");
  const bool expected = type == "gpt_oss" && method == "mxfp4";
  if (!expected)
    throw(*quantization)["quant_method"].error(fmt::format(
        "{} is not supported; expected {}weights that are not quantized, or a GGUF file",
        quoted(method), type == "gpt_oss" ? "mxfp4, " : ""));
}

}  // namespace

bool isVisionModel(const JsonField& config) {
  static const std::map<std::string, ReadShape> table = [] {
    std::map<std::string, ReadShape> result;
    vision::addShapes(result);
    return result;
  }();
  const std::string type = modelTypeOf(config);
  return table.contains(type) || type == timm::kModelType || type.ends_with("_vision_model") ||
         type.ends_with("_vision");
}

std::vector<std::string> supportedModelTypes() {
  std::vector<std::string> result;
  for (const auto& [name, read] : families()) result.push_back(name);
  return result;
}

std::string modelTypeOf(const JsonField& config) {
  return timm::isTimm(config.json()) ? timm::kModelType : config.require<std::string>("model_type");
}

void requireSupported(const JsonField& config) {
  const auto type = modelTypeOf(config);
  if (!families().contains(type))
    throw config["model_type"].error(fmt::format("{} is not supported; expected one of {}",
                                                 quoted(type),
                                                 fmt::join(supportedModelTypes(), ", ")));
  requireReadable(config, type);
}

ModelShape shapeOfPart(const JsonField& config) {
  requireSupported(config);
  return families().at(modelTypeOf(config))(config);
}

ConfigReport examineConfig(const Json& config, const std::string& name) {
  ConfigReport report;
  JsonReads reads;
  const JsonField root(config, name, &reads);
  try {
    requireSupported(root);
    root.get("architectures", std::vector<std::string>{});
    report.shape = families().at(modelTypeOf(root))(root);
  } catch (const Error& error) {
    report.shape = guessedShape(config);
    report.problem = error.what();
    return report;
  }
  for (std::string& field : reads.unread(config))
    if (!isHarmless(config, field)) report.notUnderstood.push_back(std::move(field));
  return report;
}

}  // namespace orrery::models
