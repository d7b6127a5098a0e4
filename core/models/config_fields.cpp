#include "core/models/config_fields.h"

namespace orrery::models {

std::int64_t positiveSize(const JsonField& config, std::string_view key, std::int64_t most) {
  const auto size = config.require<std::int64_t>(key);
  if (size < 1 || size > most)
    throw config[key].error(fmt::format("expected a size from 1 to {}, found {}", most, size));
  return size;
}

std::int64_t positiveSizeOr(const JsonField& config, std::string_view key, std::int64_t otherwise,
                            std::int64_t most) {
  return config.has(key) ? positiveSize(config, key, most) : otherwise;
}

std::int64_t labelCount(const JsonField& config) {
  if (const auto labels = config.find("id2label"))
    return static_cast<std::int64_t>(labels->json().size());
  return config.get("num_labels", std::int64_t{2});
}

double probability(const JsonField& config, const char* key, double otherwise) {
  const double value = config.get(key, otherwise);
  if (!(value >= 0 && value <= 1)) throw config[key].error("expected a probability, 0 to 1");
  return value;
}

}  // namespace orrery::models
