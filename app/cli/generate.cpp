// generate and compare: a prompt through one or several ways of decoding.

#include <cstdio>

#include "app/cli/commands.h"
#include "app/cli/generate_options.h"
#include "app/cli/load_options.h"
#include "core/base/error.h"

namespace orrery::cli {
namespace {

void printText(const Json& document) {
  for (const Json& sequence : document.at("sequences"))
    std::puts(sequence.value("text", sequence.at("ids").dump()).c_str());
  const Json& timings = document.at("timings");
  const double seconds = timings.at("decode_s");
  std::fprintf(stderr, "%d prompt tokens in %.2f s, %d tokens at %.1f tokens/s\n",
               timings.at("prefill_tokens").get<int>(), timings.at("prefill_s").get<double>(),
               timings.at("decode_tokens").get<int>(),
               seconds > 0 ? timings.at("decode_tokens").get<int>() / seconds : 0.0);
}

struct Column {
  std::string name;
  Json fields;
  DecodingOptions decoding;
};

/// A list of objects: "name", and what differs: "strategy", "seed", "generation" (fields of
/// GenerationConfig).
std::vector<Column> readColumns(const std::string& path, int top) {
  const Json document = readJsonFile(path);
  std::vector<Column> columns;
  for (const JsonField& entry : JsonField(document, path).elements()) {
    Column column{entry.require<std::string>("name"), Json::object(), {}};
    for (const auto& [key, value] : entry.json().items())
      if (key != "name" && key != "strategy" && key != "seed" && key != "generation")
        throw entry[key].error("expected name, strategy, seed or generation");
    if (const auto fields = entry.find("generation")) column.fields = fields->json();
    column.decoding.strategy = entry.get<std::string>("strategy", "");
    column.decoding.seed = static_cast<std::uint64_t>(entry.get<std::int64_t>("seed", 0));
    column.decoding.top = top;
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace

void addGenerateCommand(CLI::App& app, Run& run) {
  struct Options {
    LoadOptions load;
    PromptOptions prompt;
    DecodingOptions decoding;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("generate", "Continues a prompt");
  addLoadOptions(*command, options->load);
  addPromptOptions(*command, options->prompt);
  addDecodingOptions(*command, options->decoding);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&run, options] {
    run = [options] {
      const Generator generator(options->load);
      const Json document = generator.run(generator.promptIds(options->prompt),
                                          generator.config(options->decoding), options->decoding);
      if (options->json)
        std::puts(document.dump(1).c_str());
      else
        printText(document);
      return int{kDone};
    };
  });
}

void addCompareCommand(CLI::App& app, Run& run) {
  struct Options {
    LoadOptions load;
    PromptOptions prompt;
    std::string strategies;
    int top = 0;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("compare", "Continues one prompt with several settings");
  addLoadOptions(*command, options->load);
  addPromptOptions(*command, options->prompt);
  command
      ->add_option("--strategies", options->strategies,
                   "JSON list of objects: name, strategy, seed, generation (fields)")
      ->required();
  command->add_option("--top", options->top, "Alternatives to report with each token")
      ->check(CLI::Range(0, 1000));
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&run, options] {
    run = [options] {
      const std::vector<Column> columns = readColumns(options->strategies, options->top);
      const Generator generator(options->load);
      const auto ids = generator.promptIds(options->prompt);
      Json list = Json::array();
      for (const Column& column : columns) {
        Json document = withContext(column.name, [&] {
          auto config = generator.config(column.decoding);
          config.merge(column.fields, "generation");
          return generator.run(ids, config, column.decoding);
        });
        document["name"] = column.name;
        if (!options->json) {
          std::printf("# %s\n", column.name.c_str());
          printText(document);
        }
        list.push_back(std::move(document));
      }
      if (options->json) std::puts(list.dump(1).c_str());
      return int{kDone};
    };
  });
}

}  // namespace orrery::cli
