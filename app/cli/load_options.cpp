#include "app/cli/load_options.h"

#include "app/cli/hub/model_argument.h"

namespace orrery::cli {

void addLoadOptions(CLI::App& command, LoadOptions& options) {
  addModelOption(command, options.model, "Checkpoint folder or .gguf file", ModelNeed::kAll);
  command.add_option("--dtype", options.dtype, "auto (as stored), float32, bfloat16 or float16")
      ->check(CLI::IsMember({"auto", "float32", "bfloat16", "float16"}));
  command.add_option("--device", options.device, "Where the model computes; this build has cpu");
  command.add_option("--quantization", options.quantization,
                     "How to pack weights while loading; this build has none (as stored)");
  command.add_option("--threads", options.threads, "Threads that compute; 0: one per core")
      ->check(CLI::Range(0, 1024));
}

}  // namespace orrery::cli
