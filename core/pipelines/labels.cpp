#include "core/pipelines/labels.h"

namespace orrery::pipelines {

std::string labelOf(const JsonField& config, std::int64_t index) {
  if (const auto labels = config.find("id2label"))
    return labels->require<std::string>(std::to_string(index));
  return fmt::format("LABEL_{}", index);
}

}  // namespace orrery::pipelines
