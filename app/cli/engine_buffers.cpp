#include "app/cli/engine_buffers.h"

#include <algorithm>
#include <array>

#include "app/cli/engine_memory.h"

namespace orrery::engine {
namespace {

constexpr std::string_view kMean = "running_mean";

/// Last parts of the names of buffers: statistics of batch norms, weights of classes in a loss,
/// the waves of positions.
constexpr std::array<std::string_view, 4> kBuffers{kMean, "running_var", "empty_weight",
                                                   "inv_timescales"};

/// Detectors that turn the batch norms of their backbone into ones that training leaves alone.
bool freezesNorms(const Json& config) {
  constexpr std::array kAlways{"conditional_detr", "deformable_detr", "detr", "table-transformer"};
  const auto type = config.find("model_type");
  if (type == config.end() || !type->is_string()) return false;
  if (*type == "rt_detr") return config.value("freeze_backbone_batch_norms", Json(true)) == true;
  return std::find(kAlways.begin(), kAlways.end(), type->get<std::string>()) != kAlways.end();
}

std::string_view lastPart(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}

}  // namespace

Buffers::Buffers(const Json& config, const std::vector<std::string>& names) {
  if (!freezesNorms(config)) return;
  for (const std::string& name : names) {
    if (lastPart(name) != kMean || name.find("backbone.") == name.npos) continue;
    const std::string norm = name.substr(0, name.size() - kMean.size());
    frozen_.insert({norm + "weight", norm + "bias"});
  }
}

bool Buffers::contain(const std::string& name, const checkpoint::TensorHeader& header) const {
  return isUnused(name, header) || frozen_.contains(name) ||
         std::find(kBuffers.begin(), kBuffers.end(), lastPart(name)) != kBuffers.end();
}

}  // namespace orrery::engine
