#include "core/models/text/text_config.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace orrery::models::text {
namespace {

ModelShape shapeOfDecoder(const DecoderConfig& c) {
  const std::int64_t experts = c.moe ? c.moe->chosen * c.moe->ffn + c.moe->sharedFfn : 0;
  return {.hidden = c.hidden,
          .heads = c.heads,
          .kvHeads = c.kvHeads,
          .headDim = c.headDim,
          .ffn = std::max(c.ffn, experts),
          .layers = c.layers,
          .vocab = c.vocab,
          .maxPositions = c.maxPositions,
          .windows = c.windows};
}

ModelShape shapeOfClassic(const ClassicConfig& c) {
  return {.hidden = c.hidden,
          .heads = c.heads,
          .kvHeads = c.heads,
          .headDim = c.hidden / c.heads,
          .ffn = c.ffn,
          .layers = c.layers,
          .vocab = c.vocab,
          .maxPositions = c.maxPositions,
          .windows = std::vector<std::int64_t>(static_cast<std::size_t>(c.layers), 0)};
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

TextConfig readTextConfig(const JsonField& config, const std::string& otherwise) {
  const std::string type = config.get("model_type", otherwise);
  if (contains(decoderTypes(), type)) return DecoderConfig::readPart(config, type);
  auto known = decoderTypes();
  for (auto& name : classicTypes()) known.push_back(std::move(name));
  if (!contains(known, type))
    throw config["model_type"].error(fmt::format("{} is not supported here; expected one of {}",
                                                 quoted(type), fmt::join(known, ", ")));
  return ClassicConfig::read(config);
}

bool isTied(const TextConfig& config) {
  return std::visit([](const auto& c) { return c.tied; }, config);
}

void setTied(TextConfig& config, bool tied) {
  std::visit([&](auto& c) { c.tied = tied; }, config);
}

ModelShape shapeOf(const TextConfig& config) {
  const auto* decoder = std::get_if<DecoderConfig>(&config);
  return decoder ? shapeOfDecoder(*decoder) : shapeOfClassic(std::get<ClassicConfig>(config));
}

}  // namespace orrery::models::text
