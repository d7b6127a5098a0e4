#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/models/model_config.h"

/// What configs of vision models have in common. No LibTorch here.
namespace orrery::models::vision {

/// Adds the model types of core/models/vision with what reads their config.
void addShapes(std::map<std::string, ReadShape>& table);

/// The shape of the backbone that `config` (a backbone_config) describes.
ModelShape backboneShape(const JsonField& config);

/// Which stages of a backbone another model looks at: `out_features` or `out_indices` of its
/// config (`indicesKey` where that has another name), the last stage if it has neither, as indices
/// into `stageNames` in ascending order.
/// `stageNames` begins with "stem", as transformers counts. An Error names the field and an unknown
/// stage.
std::vector<std::size_t> outStages(const JsonField& config,
                                   const std::vector<std::string>& stageNames,
                                   std::string_view indicesKey = "out_indices");

/// "stem", "stage1", … up to `stages`.
std::vector<std::string> numberedStages(std::size_t stages);

/// Most stages of a pyramid: more would halve any picture away.
inline constexpr std::size_t kMaxStages = 16;

/// One number from `least` to `most` for each stage of a pyramid, or `otherwise`.
std::vector<std::int64_t> stageNumbers(const JsonField& config, std::string_view key,
                                       std::vector<std::int64_t> otherwise, std::int64_t least = 1,
                                       std::int64_t most = 65'536);
/// The number of layers of each of `stages` stages: `depths`.
std::vector<std::int64_t> depthsOr(const JsonField& config, std::vector<std::int64_t> otherwise,
                                   std::size_t stages);

/// Longest side of a picture that a model is built for: what is laid out before the first tensor is
/// looked for must not grow with a number that somebody wrote.
inline constexpr std::int64_t kMaxImageSide = 65'536;

/// A size that a config gives as one number or as [height, width].
struct Size {
  std::int64_t height = 0, width = 0;
};
Size sizeField(const JsonField& config, std::string_view key, std::int64_t otherwise);

}  // namespace orrery::models::vision
