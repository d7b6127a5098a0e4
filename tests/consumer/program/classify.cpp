// Loads a model with the installed library and says which label fits a text best.
#include <cstdio>

#include "core/pipelines/pipeline.h"

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  const auto classifier = orrery::pipeline("text-classification", argv[1]);
  const auto result = classifier->run(argv[2], {{"top_k", 1}});
  std::printf("%s\n", orrery::pipelines::toJson(result).dump().c_str());
} catch (const orrery::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
