// preprocess: pictures and texts to the tensors that a model's processor makes of them.

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "app/cli/hub/model_argument.h"
#include "app/cli/runtime.h"
#include "core/base/error.h"

namespace orrery::cli {
namespace {

struct Options {
  PreprocessOptions preprocess;
  std::vector<std::string> settings;
};

/// The values of --set.
void applySettings(const std::vector<std::string>& settings, PreprocessOptions& options) {
  const OrderedJson values = parseAssignments(settings);
  for (const auto& [name, value] : values.items()) {
    if (name != "backend")
      throw Error(ErrorKind::kInvalidInput, "no setting has this name; there is backend")
          .in(quoted(name))
          .in("--set");
    if (!value.is_string())
      throw Error(ErrorKind::kInvalidInput, "expected torchvision or pil").in("backend");
    options.backend = value.get<std::string>();
  }
}

}  // namespace

void addPreprocessCommand(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "preprocess", "Pictures and texts to the tensors that a model's processor makes of them");
  PreprocessOptions& preprocess = options->preprocess;
  addModelOption(*command, preprocess.model, "Folder with the model's processor files",
                 ModelNeed::kText);
  command->add_option("--input", preprocess.inputs, "Image files; several are a batch")->required();
  command
      ->add_option("--text", preprocess.texts,
                   "Text that goes with the pictures; with the model's image token in their places")
      ->allow_extra_args(false);
  command->add_option("--trimap", preprocess.trimaps,
                      "For VitMatte: an image file for each input that tells front from back");
  command->add_option("--outputs", preprocess.outputs, "safetensors file to write")->required();
  command->add_option("--set", options->settings,
                      "backend=pil resizes as transformers does without torchvision");
  command->callback([&run, options] {
    run = [options] {
      applySettings(options->settings, options->preprocess);
      runtime().preprocess(options->preprocess);
      return int{kDone};
    };
  });
}

}  // namespace orrery::cli
