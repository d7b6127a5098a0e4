#pragma once

#include <memory>
#include <optional>

#include "core/base/json.h"

namespace orrery::models::vision {

/// The config of a detector's backbone: its `backbone_config`, or without that what transformers
/// makes of the fields that its older versions wrote: `backbone` (a name of timm's, resnet50 if
/// there is none), `backbone_kwargs`, `use_timm_backbone`, `dilation`.
class BackboneConfig {
 public:
  /// Of a config.json of DETR and its kin.
  explicit BackboneConfig(const JsonField& config);

  /// Valid as long as this object.
  const JsonField& field() const { return *field_; }

 private:
  std::unique_ptr<Json> made_;
  std::optional<JsonField> field_;
};

}  // namespace orrery::models::vision
