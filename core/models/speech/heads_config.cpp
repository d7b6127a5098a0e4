#include "core/models/speech/heads_config.h"

#include <algorithm>

#include "core/models/config_fields.h"

namespace orrery::models::speech {
namespace {

constexpr std::size_t kMaxConvolutions = 64;

}  // namespace

std::vector<std::int64_t> convolutionSizes(const JsonField& config, std::string_view key,
                                           std::vector<std::int64_t> otherwise, std::size_t count,
                                           std::int64_t most) {
  const auto field = config.find(key);
  const auto sizes = field ? field->as<std::vector<std::int64_t>>() : std::move(otherwise);
  const bool good = std::all_of(sizes.begin(), sizes.end(),
                                [&](std::int64_t size) { return size >= 1 && size <= most; });
  const bool counted =
      count == 0 ? !sizes.empty() && sizes.size() <= kMaxConvolutions : sizes.size() == count;
  if (good && counted) return sizes;
  const std::string expected =
      count == 0 ? fmt::format("1 to {}", kMaxConvolutions) : fmt::format("{}", count);
  throw config.error(fmt::format("{}: expected {} sizes from 1 to {}, found {}", key, expected,
                                 most, Json(sizes).dump()));
}

HeadsConfig HeadsConfig::read(const JsonField& config, std::int64_t hidden, std::int64_t layers,
                              std::int64_t adapted) {
  HeadsConfig c;
  c.hidden = hidden;
  c.layers = layers;
  c.adapter = adapted > 0;
  c.written = c.adapter ? adapted : hidden;
  c.vocab = positiveSizeOr(config, "vocab_size", c.vocab);
  c.labels = labelCount(config);
  c.weightedSum = config.get("use_weighted_layer_sum", false);
  c.projected = positiveSizeOr(config, "classifier_proj_size", c.projected);
  c.tdnnWidths = convolutionSizes(config, "tdnn_dim", {512, 512, 512, 512, 1500});
  const std::size_t count = c.tdnnWidths.size();
  c.tdnnKernels = convolutionSizes(config, "tdnn_kernel", {5, 3, 3, 1, 1}, count);
  c.tdnnDilations = convolutionSizes(config, "tdnn_dilation", {1, 2, 3, 1, 1}, count);
  c.xvector = positiveSizeOr(config, "xvector_output_dim", c.xvector);
  return c;
}

}  // namespace orrery::models::speech
