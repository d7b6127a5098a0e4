#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/models/model_config.h"

/// What timm's names stand for, from the table that make_table.py wrote. No LibTorch here.
namespace orrery::models::timm {

/// The model_type that transformers gives timm's models.
inline constexpr const char* kModelType = "timm_wrapper";
/// The class that it loads them with: `logits` of pixel_values.
inline constexpr const char* kClassifier = "TimmWrapperForImageClassification";
/// That of a model of timm's as the backbone of another one.
inline constexpr const char* kBackboneType = "timm_backbone";

/// Whether this is a config.json of timm: it names an `architecture`, and no model_type but
/// transformers' own for these.
bool isTimm(const Json& config);

/// The model that a config.json describes.
struct Architecture {
  std::string name;     ///< "resnet50"
  std::string builder;  ///< timm's class: "ResNet"
  /// What the class gets: the table's arguments, under what pretrained_cfg, num_classes and
  /// model_args of the config say.
  Json arguments;
};

/// Reads `architecture`, `num_classes`, `pretrained_cfg` and `model_args`. An Error names the field
/// if timm has no model of that name, or this build not its builder.
Architecture readArchitecture(const JsonField& config);

/// A model as transformers' TimmBackbone takes it.
struct BackboneArchitecture {
  Architecture architecture;
  std::vector<std::size_t> outIndices;  ///< feature maps that are wanted, in ascending order
};

/// Reads a config of `kBackboneType`. An Error names the field if this is no model of timm's, one
/// that cannot be a backbone here, or without such feature maps.
BackboneArchitecture readBackbone(const JsonField& config);

/// For inspect, as below.
ModelShape readBackboneShape(const JsonField& config);

/// For inspect: nothing but that the config can be read, as these models keep no cache.
ModelShape readShape(const JsonField& config);

}  // namespace orrery::models::timm
