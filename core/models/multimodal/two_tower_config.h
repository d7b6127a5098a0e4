#pragma once

#include <map>
#include <string>

#include "core/models/model_config.h"

/// What configs of models with a tower for pictures and one for text say. No LibTorch here.
namespace orrery::models::multimodal {

/// Whose tower it is; they differ in a few places.
enum class TowerKind { kClip, kSiglip, kSiglip2, kBlip, kIdefics3 };

/// A stack of blocks with norms before each part.
struct StackConfig {
  std::int64_t hidden = 0, heads = 0, ffn = 0, layers = 0;
  double normEps = 0;
  std::string activation;
  bool qkvBias = true;  ///< of BLIP's fused matrix
};

struct TextTowerConfig : StackConfig {
  TowerKind kind{};
  std::int64_t vocab = 0, maxPositions = 0;
  std::int64_t projection = 0;
  std::int64_t endToken = 0;  ///< where CLIP looks for the meaning of the text

  static TextTowerConfig read(const JsonField& config, TowerKind kind);
};

struct VisionTowerConfig : StackConfig {
  TowerKind kind{};
  std::int64_t channels = 3, patch = 0, projection = 0;
  std::int64_t imageSize = 0;  ///< 0 for SigLIP 2, which takes patches of any grid; Idefics3 takes
                               ///< pictures of other sizes, too
  std::int64_t grid = 0;       ///< patches along one side that positions are stored for
  bool attentionPool = false;  ///< SigLIP: the pooler is an attention of its own

  static VisionTowerConfig read(const JsonField& config, TowerKind kind);
  /// BLIP's tower with the sizes that BLIP-2 takes where a config is silent.
  static VisionTowerConfig readBlip2(const JsonField& config);
  /// Reads the vision_config of a model that looks at pictures through a tower of its own kind:
  /// clip_vision_model or siglip_vision_model, `otherwise` where it does not say. An Error lists
  /// these.
  static VisionTowerConfig readPart(const JsonField& config, const std::string& otherwise);
};

/// The part of a nested config; an empty object, which stands for defaults, if there is none.
JsonField partOf(const JsonField& config, const std::string& key);

/// A model type of two towers, or one of its towers alone.
struct TwoTowerType {
  enum class Holds { kBoth, kText, kVision };
  TowerKind kind{};
  Holds holds{};
};
/// clip, siglip, siglip2 and their towers, and other towers that stand alone, by model_type.
const std::map<std::string, TwoTowerType>& twoTowerTypes();

/// Adds the model types of core/models/multimodal with what reads their config.
void addShapes(std::map<std::string, ReadShape>& table);

}  // namespace orrery::models::multimodal
