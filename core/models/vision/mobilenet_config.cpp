#include "core/models/vision/mobilenet_config.h"

#include <algorithm>
#include <cmath>

#include "core/models/config_fields.h"

namespace orrery::models::vision {
namespace {

/// Most channels that the smallest width of a config may ask for.
constexpr std::int64_t kMaxWidth = 65'536;

MobileStyle readStyle(const JsonField& config) {
  return {.tensorflowPadding = config.get("tf_padding", true),
          .normEps = config.get("layer_norm_eps", 0.001),
          .activation = config.get<std::string>("hidden_act", "relu6")};
}

std::int64_t minDepth(const JsonField& config) {
  return config.has("min_depth") ? positiveSize(config, "min_depth", kMaxWidth) : 8;
}

/// The nearest whole number, the even one of two, as Python rounds.
double rounded(double value) {
  return std::nearbyint(value);
}

}  // namespace

std::int64_t makeDivisible(double value, std::int64_t divisor, std::int64_t least) {
  const auto whole = static_cast<std::int64_t>(value + static_cast<double>(divisor) / 2);
  const std::int64_t result = std::max(least, whole / divisor * divisor);
  return static_cast<double>(result) < 0.9 * value ? result + divisor : result;
}

double widthFactor(const JsonField& config, std::string_view key, double otherwise) {
  const double factor = config.get(key, otherwise);
  if (!(factor > 0) || factor > 1024)
    throw config[key].error(fmt::format("expected a factor of 0 to 1024, found {}", factor));
  return factor;
}

MobileNetV1Config MobileNetV1Config::read(const JsonField& config) {
  MobileNetV1Config c;
  const double factor = widthFactor(config, "depth_multiplier", 1);
  const std::int64_t least = minDepth(config);
  const auto width = [&](std::int64_t depth) {
    return std::max(static_cast<std::int64_t>(static_cast<double>(depth) * factor), least);
  };
  c.channels = positiveSizeOr(config, "num_channels", 3);
  c.stem = width(32);
  std::int64_t depth = 32, in = c.stem;
  for (const std::int64_t stride : {1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1}) {
    if (stride == 2 || c.blocks.empty()) depth *= 2;
    c.blocks.push_back({in, width(depth), stride});
    in = c.blocks.back().out;
  }
  c.style = readStyle(config);
  c.labels = labelCount(config);
  return c;
}

MobileNetV2Config MobileNetV2Config::read(const JsonField& config) {
  MobileNetV2Config c;
  const double factor = widthFactor(config, "depth_multiplier", 1);
  const double expansion = widthFactor(config, "expand_ratio", 6);
  const std::int64_t least = minDepth(config);
  const std::int64_t divisor =
      config.has("depth_divisible_by") ? positiveSize(config, "depth_divisible_by", kMaxWidth) : 8;
  const auto divisible = [&](double width) {
    return makeDivisible(rounded(width), divisor, least);
  };
  const auto width = [&](std::int64_t n) { return divisible(static_cast<double>(n) * factor); };
  c.channels = positiveSizeOr(config, "num_channels", 3);
  c.stem = width(32);
  c.stemOut = width(16);
  c.expandStem = !config.get("first_layer_is_expansion", true);
  const std::int64_t outputStride = config.get("output_stride", std::int64_t{32});

  constexpr std::int64_t kWidths[] = {24, 24, 32, 32, 32,  64,  64,  64,
                                      64, 96, 96, 96, 160, 160, 160, 320};
  constexpr std::int64_t kStrides[] = {2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1};
  std::int64_t in = c.stemOut, reached = 2, dilation = 1;
  for (std::size_t i = 0; i < std::size(kWidths); ++i) {
    InvertedSizes block{in, divisible(static_cast<double>(in) * expansion), width(kWidths[i])};
    if (reached == outputStride) {  // the picture stays as large: the kernels grow instead
      block.dilation = dilation;
      dilation *= kStrides[i];
    } else {
      block.stride = kStrides[i];
      reached *= kStrides[i];
    }
    c.blocks.push_back(block);
    in = block.out;
  }
  const bool fine = config.get("finegrained_output", true) && factor < 1;
  c.last = fine ? 1280 : width(1280);
  c.style = readStyle(config);
  c.labels = labelCount(config);
  return c;
}

ModelShape mobileNetV1Shape(const JsonField& config) {
  const auto c = MobileNetV1Config::read(config);
  return {.hidden = c.blocks.back().out, .layers = static_cast<std::int64_t>(c.blocks.size())};
}

ModelShape mobileNetV2Shape(const JsonField& config) {
  const auto c = MobileNetV2Config::read(config);
  return {.hidden = c.last, .layers = static_cast<std::int64_t>(c.blocks.size())};
}

}  // namespace orrery::models::vision
