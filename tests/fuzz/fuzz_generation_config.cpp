// A generation_config.json: what is read from it is written and read again the same.

#include "core/generation/generation_config.h"
#include "tests/fuzz/support.h"

using namespace orrery;
using generation::GenerationConfig;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::textOf(data, size);
  fuzz::allowError([&] { GenerationConfig().set(text); });
  GenerationConfig config;
  try {
    const Json json = parseJson(text, "fuzz");
    GenerationConfig::fromModelConfig(json, "fuzz");
    config.merge(json, "fuzz");
    config.validate();
  } catch (const Error&) {
    return 0;
  }
  GenerationConfig again;
  again.merge(config.toJson(), "again");
  if (again != config) std::abort();
  return 0;
}
