// preprocess: pictures, texts, sounds and videos to the tensors that a model's processor makes.

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "app/cli/hub/model_argument.h"
#include "app/cli/runtime.h"

namespace orrery::cli {
namespace {

struct Options {
  PreprocessOptions preprocess;
  std::vector<std::string> settings;
};

}  // namespace

void addPreprocessCommand(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "preprocess",
      "Pictures, texts, sounds and videos to the tensors that a model's processor makes");
  PreprocessOptions& preprocess = options->preprocess;
  addModelOption(*command, preprocess.model, "Folder with the model's processor files",
                 ModelNeed::kText);
  command
      ->add_option(
          "--input", preprocess.inputs,
          "Image files, or sound or video files for a model that takes them; several are a batch")
      ->required();
  command
      ->add_option("--text", preprocess.texts,
                   "Text that goes with the pictures; with the model's image token in their places")
      ->allow_extra_args(false);
  command->add_option("--trimap", preprocess.trimaps,
                      "For VitMatte: an image file for each input that tells front from back");
  command->add_option("--outputs", preprocess.outputs, "safetensors file to write")->required();
  command->add_option(
      "--set", options->settings,
      "Pictures: backend=pil resizes as transformers does without torchvision. Sounds: "
      "padding, max_length, truncation, pad_to_multiple_of, return_attention_mask, "
      "do_normalize, audio_target, seed. Videos: do_sample_frames, num_frames, fps");
  command->callback([&run, options] {
    run = [options] {
      options->preprocess.settings = parseAssignments(options->settings);
      runtime().preprocess(options->preprocess);
      return int{kDone};
    };
  });
}

}  // namespace orrery::cli
