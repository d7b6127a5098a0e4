// hub search: models by words and filters.

#include <algorithm>
#include <memory>

#include "app/cli/amounts.h"
#include "app/cli/hub/hub_commands.h"
#include "core/hub/api.h"

namespace orrery::cli {
namespace {

struct SearchOptions {
  hub::ModelQuery query;
  std::vector<std::string> words;
  int limit = 20;
  bool gated = false, open = false, json = false;
};

std::vector<hub::ModelInfo> search(SearchOptions& options) {
  hub::ModelQuery& query = options.query;
  for (const auto& word : options.words) query.text += (query.text.empty() ? "" : " ") + word;
  if (options.gated || options.open) query.gated = options.gated;
  query.pageSize = std::clamp(options.limit, 1, 100);
  hub::HttpClient client(hub::Settings::fromEnvironment());
  hub::Api api(client);
  std::vector<hub::ModelInfo> found;
  for (auto page = api.search(query);; page = api.page(page.next)) {
    for (auto& model : page.models)
      if (found.size() < static_cast<std::size_t>(options.limit)) found.push_back(std::move(model));
    const bool enough = found.size() >= static_cast<std::size_t>(options.limit);
    if (enough || page.next.empty() || page.models.empty()) return found;
  }
}

void printModels(const std::vector<hub::ModelInfo>& models) {
  std::size_t wide = 5;
  for (const auto& model : models) wide = std::max(wide, quoted(model.id).size() - 2);
  fmt::print("{:<{}}  {:>7}  {:>9}  {:>6}  {:<10}  {:<6}  task\n", "model", wide, "params",
             "downloads", "likes", "changed", "gated");
  for (const auto& model : models)
    fmt::print("{:<{}}  {:>7}  {:>9}  {:>6}  {:<10}  {:<6}  {}\n", shownText(model.id), wide,
               model.parameters > 0 ? shortCountText(model.parameters) : "",
               shortCountText(model.downloads), shortCountText(model.likes),
               shownText(model.modified.substr(0, 10)), shownText(model.gated),
               shownText(model.task));
}

void addFilters(CLI::App& command, SearchOptions& options) {
  hub::ModelQuery& query = options.query;
  command.add_option("words", options.words, "Words that the id holds");
  command.add_option("--author", query.author, "User or organization");
  command.add_option("--task", query.task, "Task, as text-generation");
  command.add_option("--library", query.library, "Library, as transformers or gguf");
  command.add_option("--language", query.languages, "Language, as de; all of several")
      ->allow_extra_args(false);
  command.add_option("--license", query.license, "Licence, as apache-2.0");
  command.add_option("--tag", query.tags, "Any tag; all of several")->allow_extra_args(false);
  command.add_option("--app", query.apps, "Program that runs it, as ollama")
      ->allow_extra_args(false);
  command.add_option("--min-parameters", query.atLeastParameters, "At least so many, as 500M");
  command.add_option("--max-parameters", query.atMostParameters, "At most so many, as 8B");
  auto* gated = command.add_flag("--gated", options.gated, "Gated models only");
  command.add_flag("--open", options.open, "Models without a gate only")->excludes(gated);
}

}  // namespace

void addHubSearchCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand("search", "Find models");
  auto options = std::make_shared<SearchOptions>();
  addFilters(*command, *options);
  command->add_option("--sort", options->query.sort,
                      "trending (default), downloads, likes, created or modified");
  command->add_flag("--ascending", options->query.ascending, "Least first");
  command->add_option("--limit", options->limit, "How many at most (20)")
      ->check(CLI::Range(1, 100'000));
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&run, options] {
    run = [options] {
      const auto models = search(*options);
      if (!options->json) {
        printModels(models);
        return int{kDone};
      }
      Json list = Json::array();
      for (const auto& model : models) list.push_back(model.toJson());
      printJson(list);
      return int{kDone};
    };
  });
}

}  // namespace orrery::cli
