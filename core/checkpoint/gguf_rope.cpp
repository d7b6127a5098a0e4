#include "core/checkpoint/gguf_rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/error.h"
#include "core/checkpoint/dequantize.h"

namespace orrery::checkpoint {
namespace {

std::vector<float> factors(const GgufFile& file, std::string_view tensor) {
  const auto view = file.find(tensor);
  if (!view) return {};
  std::vector<float> values(static_cast<std::size_t>(view->elements()));
  withContext("tensor " + quoted(tensor), [&] { dequantize(view->dtype, view->data, values); });
  return values;
}

// Llama 3's own values; a file holds only the factors that follow from them.
constexpr double kLowFactor = 1, kHighFactor = 4, kOriginalContext = 8192;

double llama3Factor(double wavelength, double factor) {
  if (wavelength < kOriginalContext / kHighFactor) return 1;
  if (wavelength > kOriginalContext / kLowFactor) return factor;
  const double smooth = (kOriginalContext / wavelength - kLowFactor) / (kHighFactor - kLowFactor);
  return 1 / ((1 - smooth) / factor + smooth);
}

Json llama3Scaling(const std::vector<float>& found, double theta) {
  const double factor = *std::max_element(found.begin(), found.end());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double exponent = static_cast<double>(i) / static_cast<double>(found.size());
    const double expected = llama3Factor(2 * std::numbers::pi * std::pow(theta, exponent), factor);
    if (!(std::abs(expected - found[i]) <= 1e-3 * expected))
      throw Error(ErrorKind::kUnsupported, "factor {} is {}, expected {} as Llama 3 has it", i,
                  found[i], expected)
          .in("tensor \"rope_freqs.weight\"");
  }
  if (factor == 1) return {};
  return {{"rope_type", "llama3"},
          {"factor", factor},
          {"low_freq_factor", kLowFactor},
          {"high_freq_factor", kHighFactor},
          {"original_max_position_embeddings", static_cast<std::int64_t>(kOriginalContext)}};
}

}  // namespace

Json ggufRopeScaling(const GgufFile& file, const GgufArchitecture& architecture,
                     const Json& config) {
  const auto value = [&](std::string_view key) {
    return file.value(std::string(architecture.name) + ".rope.scaling." + std::string(key));
  };
  if (const auto longFactors = factors(file, "rope_factors_long.weight"); !longFactors.empty())
    return {{"type", "longrope"},
            {"long_factor", longFactors},
            {"short_factor", factors(file, "rope_factors_short.weight")}};
  if (const auto found = factors(file, "rope_freqs.weight"); !found.empty())
    return llama3Scaling(found, config.value("rope_theta", 10000.0));
  const GgufValue* type = value("type");
  if (!type || type->string() == "none") return {};
  if (type->string() != "linear" && type->string() != "yarn")
    throw Error(ErrorKind::kUnsupported, "is {}, expected \"linear\", \"yarn\" or \"none\"",
                quoted(type->string()))
        .in(quoted(std::string(architecture.name) + ".rope.scaling.type"));
  Json result{{"rope_type", type->string()}};
  if (const GgufValue* factor = value("factor")) result["factor"] = factor->number();
  if (const GgufValue* original = value("original_context_length");
      original && type->string() == "yarn")
    result["original_max_position_embeddings"] = original->integer();
  if (architecture.name == "gpt-oss") {
    result["beta_fast"] = 32.0;
    result["beta_slow"] = 1.0;
    result["truncate"] = false;
  }
  if (const GgufValue* fast = value("yarn_beta_fast")) result["beta_fast"] = fast->number();
  if (const GgufValue* slow = value("yarn_beta_slow")) result["beta_slow"] = slow->number();
  return result;
}

}  // namespace orrery::checkpoint
