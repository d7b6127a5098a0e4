#include "core/models/speech/hifi_gan_config.h"

#include "core/models/config_fields.h"
#include "core/models/speech/heads_config.h"

namespace orrery::models::speech {
namespace {

std::vector<std::vector<std::int64_t>> readDilations(const JsonField& config, std::size_t count) {
  constexpr std::string_view kKey = "resblock_dilation_sizes";
  const auto field = config.find(kKey);
  if (!field && count == 3) return {{1, 3, 5}, {1, 3, 5}, {1, 3, 5}};
  std::vector<std::vector<std::int64_t>> result;
  if (field)
    for (const JsonField& item : field->elements())
      result.push_back(item.as<std::vector<std::int64_t>>());
  if (result.size() != count)
    throw config.error(fmt::format("{}: expected {} lists, found {}", kKey, count, result.size()));
  for (const auto& list : result)
    for (const std::int64_t dilation : list)
      if (dilation < 1 || dilation > 65'536)
        throw field->error(fmt::format("expected numbers from 1 to 65536, found {}", dilation));
  return result;
}

}  // namespace

std::int64_t HifiGanConfig::samplesPerFrame() const {
  std::int64_t product = 1;
  for (const std::int64_t rate : rates) product *= rate;
  return product;
}

HifiGanConfig HifiGanConfig::read(const JsonField& config, std::vector<std::int64_t> rates,
                                  std::vector<std::int64_t> kernels) {
  HifiGanConfig c;
  c.width = positiveSizeOr(config, "upsample_initial_channel", c.width, 1 << 20);
  c.rates = convolutionSizes(config, "upsample_rates", std::move(rates), 0, 1024);
  c.kernels = convolutionSizes(config, "upsample_kernel_sizes", std::move(kernels), c.rates.size());
  if (c.rates.size() > 16 || c.width >> c.rates.size() == 0)
    throw config.error(fmt::format("upsample_initial_channel {} cannot be halved {} times", c.width,
                                   c.rates.size()));
  for (std::size_t i = 0; i < c.rates.size(); ++i)
    if (c.kernels[i] < c.rates[i])
      throw config["upsample_kernel_sizes"].error(
          fmt::format("the kernel {} is smaller than its rate {}", c.kernels[i], c.rates[i]));
  c.blockKernels = convolutionSizes(config, "resblock_kernel_sizes", {3, 7, 11});
  c.blockDilations = readDilations(config, c.blockKernels.size());
  c.slope = config.get("leaky_relu_slope", c.slope);
  return c;
}

}  // namespace orrery::models::speech
