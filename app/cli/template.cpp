#include <cstdio>
#include <memory>

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "app/cli/hub/model_argument.h"
#include "core/chat/pictures.h"
#include "core/chat/template_source.h"

namespace orrery::cli {
namespace {

struct Options {
  std::string model, messages, tools, templateName;
  std::vector<std::string> settings;
  bool noGenerationPrompt = false;
};

int render(const Options& options) {
  const OrderedJson messages = chat::withImageParts(readOrderedJsonFile(options.messages));
  const OrderedJson tools =
      options.tools.empty() ? OrderedJson() : readOrderedJsonFile(options.tools);
  chat::RenderOptions how;
  how.addGenerationPrompt = !options.noGenerationPrompt;
  how.variables = parseAssignments(options.settings);
  const chat::TemplateSource source = chat::readTemplates(options.model);
  if (source.templates.empty())
    throw Error(ErrorKind::kNotFound, "the model has no chat template").in(options.model);
  const std::string text =
      source.parse(options.templateName, !tools.is_null()).render(messages, tools, how);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kDone;
}

}  // namespace

void addTemplateCommand(CLI::App& app, Run& run) {
  auto* command =
      app.add_subcommand("template", "Render a conversation with the model's chat template");
  auto options = std::make_shared<Options>();
  addModelOption(*command, options->model, "Checkpoint folder or .gguf file", ModelNeed::kText);
  command->add_option("--messages", options->messages, "JSON file: list of messages")->required();
  command->add_option("--tools", options->tools, "JSON file: list of tool schemas");
  command->add_option("--template", options->templateName,
                      "Name of the template, if there are several");
  command->add_option("--set", options->settings, "key=value that the template sees")
      ->allow_extra_args(false);
  command->add_flag("--no-generation-prompt", options->noGenerationPrompt,
                    "Do not end with the beginning of an answer");
  command->callback([&run, options] { run = [options] { return render(*options); }; });
}

}  // namespace orrery::cli
