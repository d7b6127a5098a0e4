#include "core/models/vision/efficientnet_config.h"

#include <algorithm>
#include <cmath>

#include "core/models/config_fields.h"
#include "core/models/vision/mobilenet_config.h"
#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {
namespace {

using Numbers = std::vector<std::int64_t>;

/// Greatest width, kernel, … of one stage.
constexpr std::int64_t kMaxNumber = 65'536;

/// What each stage is built from, before it is scaled.
struct Stages {
  Numbers in, out, kernels, strides, repeats, expansions;

  explicit Stages(const JsonField& config) {
    const auto read = [&](const char* key, Numbers otherwise) {
      const Numbers found = stageNumbers(config, key, std::move(otherwise), 1, kMaxNumber);
      if (!in.empty() && found.size() != in.size())
        throw config[key].error(fmt::format("expected {} stages, as in_channels", in.size()));
      return found;
    };
    in = read("in_channels", {32, 16, 24, 40, 80, 112, 192});
    out = read("out_channels", {16, 24, 40, 80, 112, 192, 320});
    kernels = read("kernel_sizes", {3, 3, 5, 3, 5, 5, 3});
    strides = read("strides", {1, 2, 2, 2, 1, 2, 1});
    repeats = read("num_block_repeats", {1, 2, 2, 3, 3, 4, 1});
    expansions = read("expand_ratios", {1, 6, 6, 6, 6, 6, 6});
    if (*std::max_element(strides.begin(), strides.end()) > 2)
      throw config["strides"].error("expected 1 or 2 for each stage");
  }
};

/// Appends stage `i` with `count` blocks.
void addStage(EfficientNetConfig& c, const Stages& stages, std::size_t i, std::int64_t count,
              double squeeze, const Numbers& symmetric, const auto& width) {
  for (std::int64_t j = 0; j < count; ++j) {
    const auto index = static_cast<std::int64_t>(c.blocks.size());
    EfficientNetConfig::Block block{};
    block.out = width(stages.out[i]);
    block.in = j == 0 ? width(stages.in[i]) : block.out;
    block.kernel = stages.kernels[i];
    block.stride = j == 0 ? stages.strides[i] : 1;
    block.expands = stages.expansions[i] != 1;
    block.expanded = block.in * stages.expansions[i];
    block.squeezed = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(static_cast<double>(block.in) * squeeze));
    block.residual = block.stride == 1 && j > 0;
    block.symmetricPadding =
        std::find(symmetric.begin(), symmetric.end(), index) != symmetric.end();
    c.blocks.push_back(block);
  }
}

}  // namespace

EfficientNetConfig EfficientNetConfig::read(const JsonField& config) {
  EfficientNetConfig c;
  c.channels = positiveSizeOr(config, "num_channels", 3);
  const double widthBy = widthFactor(config, "width_coefficient", 2);
  const double depthBy = widthFactor(config, "depth_coefficient", 3.1);
  const std::int64_t divisor =
      config.has("depth_divisor") ? positiveSize(config, "depth_divisor", kMaxNumber) : 8;
  const auto width = [&](std::int64_t n) {
    return makeDivisible(static_cast<double>(n) * widthBy, divisor, divisor);
  };
  c.stem = width(32);
  c.last = width(1280);
  if (config.get("hidden_dim", std::int64_t{2560}) != c.last)
    throw config["hidden_dim"].error(fmt::format("width_coefficient makes it {}, found {}", c.last,
                                                 config.get("hidden_dim", 0)));
  const Stages stages(config);
  const double squeeze = widthFactor(config, "squeeze_expansion_ratio", 0.25);
  const Numbers symmetric = config.get("depthwise_padding", Numbers{});
  for (std::size_t i = 0; i < stages.in.size(); ++i) {
    const double count = std::ceil(depthBy * static_cast<double>(stages.repeats[i]));
    if (count + static_cast<double>(c.blocks.size()) > static_cast<double>(kMaxLayers))
      throw config["num_block_repeats"].error(fmt::format("more than {} blocks", kMaxLayers));
    addStage(c, stages, i, static_cast<std::int64_t>(count), squeeze, symmetric, width);
  }
  c.normEps = config.get("batch_norm_eps", 0.001);
  c.activation = config.get<std::string>("hidden_act", "swish");
  const auto pooling = config.get<std::string>("pooling_type", "mean");
  if (pooling != "mean" && pooling != "max")
    throw config["pooling_type"].error("expected \"mean\" or \"max\"");
  c.maxPooling = pooling == "max";
  c.labels = labelCount(config);
  return c;
}

ModelShape efficientNetShape(const JsonField& config) {
  const auto c = EfficientNetConfig::read(config);
  return {.hidden = c.last, .layers = static_cast<std::int64_t>(c.blocks.size())};
}

}  // namespace orrery::models::vision
