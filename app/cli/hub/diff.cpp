// hub diff: what two models or revisions do not share, without downloading their weights.

#include <memory>

#include "app/cli/amounts.h"
#include "app/cli/hub/download_model.h"
#include "app/cli/hub/hub_commands.h"
#include "app/cli/hub/model_difference.h"

namespace orrery::cli {
namespace {

constexpr std::size_t kMostLines = 40;  // of one part

struct Options {
  std::string models[2], files[2];
  bool json = false;
};

/// "org/name", or "@revision" of the model before it.
hub::ModelReference referenceOf(const std::string& text, const std::string& before) {
  return hub::parseModelReference(text.starts_with('@') ? before.substr(0, before.find('@')) + text
                                                        : text);
}

std::string valueText(const Json& value) {
  return value.is_null() ? "–" : jsonExcerpt(value);
}

void printPart(const char* title, const std::vector<ValueChange>& changes) {
  if (changes.empty()) return;
  fmt::print("{}: {} different\n", title, changes.size());
  for (std::size_t i = 0; i < std::min(changes.size(), kMostLines); ++i)
    fmt::print("  {}: {} → {}\n", shownText(changes[i].name), valueText(changes[i].before),
               valueText(changes[i].after));
  if (changes.size() > kMostLines)
    fmt::print("  and {} more (--json has all)\n", changes.size() - kMostLines);
}

void printDifference(const ModelDifference& difference) {
  printPart("config", difference.config);
  printPart("generation config", difference.generation);
  printPart("tokenizer", difference.tokenizer);
  printPart("chat template", difference.templates);
  printPart("tensors", difference.tensors);
  printPart("files", difference.files);
  if (!difference.notCompared.empty())
    fmt::print("tensors were not compared: {}\n", difference.notCompared);
  else if (difference.empty())
    fmt::print("no difference\n");
}

int runDiff(const Options& options) {
  const hub::ModelReference models[2] = {hub::parseModelReference(options.models[0]),
                                         referenceOf(options.models[1], options.models[0])};
  hub::HttpClient client(hub::Settings::fromEnvironment());
  const auto difference = compareRemote(client, models, options.files, cancelOnInterrupt());
  if (options.json)
    printJson(difference.toJson());
  else
    printDifference(difference);
  return kDone;
}

}  // namespace

void addHubDiffCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand(
      "diff", "What two models or revisions do not share: config, tokenizer, template, tensors");
  auto options = std::make_shared<Options>();
  command->add_option("a", options->models[0], "org/name or org/name@revision")->required();
  command->add_option("b", options->models[1], "The other, or @revision of the same")->required();
  command->add_option("--file-a", options->files[0], "The GGUF file of the first, of several");
  command->add_option("--file-b", options->files[1], "The GGUF file of the other");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&run, options] { run = [options] { return runDiff(*options); }; });
}

}  // namespace orrery::cli
