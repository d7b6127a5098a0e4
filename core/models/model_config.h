#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"

/// What a config.json says to this build, without LibTorch and without a weight.
namespace orrery::models {

/// The sizes that decide how much memory a model takes, by the same names for every family. What a
/// config does not tell is 0.
struct ModelShape {
  std::int64_t hidden = 0, heads = 0, kvHeads = 0, headDim = 0, ffn = 0, layers = 0, vocab = 0;
  std::int64_t maxPositions = 0;
  /// For each layer that keeps keys and values, the tokens it looks back; 0: all.
  std::vector<std::int64_t> windows;
};

/// What reads the shape from a config of one family; an Error if the config is not one of it.
using ReadShape = ModelShape (*)(const JsonField&);

struct ConfigReport {
  ModelShape shape;     ///< a guess by usual names if there is a problem
  std::string problem;  ///< why the model cannot be built, as one line; empty if nothing says so
  /// Fields that nothing reads and that are not known to be without effect on inference; empty if
  /// there is a problem, as reading ended there.
  std::vector<std::string> notUnderstood;
};

/// Reads `config` with the code that builds models and notes what that asks for. `name` is the
/// file, for messages.
ConfigReport examineConfig(const Json& config, const std::string& name);

/// The shape of a model whose config is a part of another one's; an Error as of requireSupported().
ModelShape shapeOfPart(const JsonField& config);

/// The field model_type; timm's own files have none and are timm_wrapper.
std::string modelTypeOf(const JsonField& config);

/// The model types that this build runs, in alphabetical order.
std::vector<std::string> supportedModelTypes();

/// Whether the model looks at pictures and at nothing else: one of core/models/vision or timm, or
/// the picture's tower of a larger model.
bool isVisionModel(const JsonField& config);

/// Throws an Error that names the field if this build has no family for the model_type, or cannot
/// read weights that were quantized this way.
void requireSupported(const JsonField& config);

}  // namespace orrery::models
