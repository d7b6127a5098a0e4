#include <cstdio>
#include <memory>

#include "app/cli/commands.h"
#include "core/base/file.h"
#include "core/chat/template_source.h"

namespace orrery::cli {
namespace {

struct Options {
  std::string model, messages, tools, templateName;
  std::vector<std::string> settings;
  bool noGenerationPrompt = false;
};

/// A JSON file with the order of its keys kept; a key given twice keeps its last value.
OrderedJson readOrdered(const std::string& path) {
  const std::string text = readTextFile(path);
  parseJson(text, path);  // checks syntax and depth, with errors that name the file
  return OrderedJson::parse(text);
}

/// "key=value"; the value is JSON, or else a text.
void applySetting(const std::string& setting, OrderedJson& variables) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error(ErrorKind::kInvalidInput, "expected key=value, found {}", quoted(setting))
        .in("--set");
  const std::string value = setting.substr(equals + 1);
  const OrderedJson parsed = OrderedJson::parse(value, nullptr, false);
  variables[setting.substr(0, equals)] = parsed.is_discarded() ? OrderedJson(value) : parsed;
}

int render(const Options& options) {
  const OrderedJson messages = readOrdered(options.messages);
  const OrderedJson tools = options.tools.empty() ? OrderedJson() : readOrdered(options.tools);
  chat::RenderOptions how;
  how.addGenerationPrompt = !options.noGenerationPrompt;
  for (const std::string& setting : options.settings) applySetting(setting, how.variables);
  const chat::TemplateSource source = chat::readTemplates(options.model);
  const std::string text = withContext(options.model, [&] {
                             return source.parse(options.templateName, !tools.is_null());
                           }).render(messages, tools, how);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kDone;
}

}  // namespace

void addTemplateCommand(CLI::App& app, Run& run) {
  auto* command =
      app.add_subcommand("template", "Render a conversation with the model's chat template");
  auto options = std::make_shared<Options>();
  command->add_option("--model", options->model, "Checkpoint folder or .gguf file")->required();
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
