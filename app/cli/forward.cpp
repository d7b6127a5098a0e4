#include "app/cli/commands.h"
#include "app/cli/load_options.h"

namespace orrery::cli {

void addForwardCommand(CLI::App& app, Run& run) {
  struct Options {
    LoadOptions load;
    std::string inputs, outputs;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("forward", "One forward pass from a file of inputs to one of outputs");
  addLoadOptions(*command, options->load);
  command->add_option("--inputs", options->inputs, "safetensors file of inputs")->required();
  command->add_option("--outputs", options->outputs, "safetensors file to write")->required();
  command->add_option("--class", options->load.className, "Class of transformers to load");
  command->callback([&run, options] {
    run = [options] {
      runtime().forward(options->load, options->inputs, options->outputs);
      return int{kDone};
    };
  });
}

}  // namespace orrery::cli
