// hub files and hub card: what a repository holds, and what its authors say of it.

#include <algorithm>
#include <cstdio>
#include <memory>

#include "app/cli/amounts.h"
#include "app/cli/hub/download_model.h"
#include "app/cli/hub/hub_commands.h"
#include "core/hub/api.h"

namespace orrery::cli {
namespace {

struct Options {
  std::string model;
  bool json = false;
};

std::shared_ptr<Options> addOptions(CLI::App& command) {
  auto options = std::make_shared<Options>();
  command.add_option("model", options->model, "org/name or org/name@revision")->required();
  command.add_flag("--json", options->json, "Print one JSON document");
  return options;
}

int printFiles(const Options& options) {
  const auto model = hub::parseModelReference(options.model);
  hub::HttpClient client(hub::Settings::fromEnvironment());
  const CancelToken cancel = cancelOnInterrupt();
  const auto tree =
      hub::fetchTree(client, model.id, hub::fetchCommit(client, model, cancel), cancel);
  std::uint64_t total = 0;
  Json list = Json::array();
  for (const auto& file : tree.files) {
    total += file.size;
    if (options.json)
      list.push_back(fileJson(file));
    else
      fmt::print("{:>10}  {:<12}  {}\n", bytesText(file.size), file.contentName().substr(0, 12),
                 shownText(file.path, 4096));
  }
  if (options.json)
    printJson({{"commit", tree.commit}, {"files", list}, {"total_bytes", total}});
  else
    fmt::print("{:>10}  in all\n", bytesText(total));
  return kDone;
}

int printCard(const Options& options) {
  const auto [id, revision] = hub::parseModelReference(options.model);
  hub::HttpClient client(hub::Settings::fromEnvironment());
  const hub::Card card = hub::Api(client).card(id, revision);
  if (options.json)
    printJson({{"data", card.data}, {"problem", card.problem}, {"body", card.body}});
  else
    std::fwrite(card.body.data(), 1, card.body.size(), stdout);
  if (!card.problem.empty())
    std::fprintf(stderr, "orrery-cli: %s: README.md: %s\n", quoted(id).c_str(),
                 card.problem.c_str());
  return kDone;
}

}  // namespace

Json fileJson(const hub::RepositoryFile& file) {
  return {{"path", file.path},
          {"size", file.size},
          {"blob_id", file.blobId},
          {"sha256", file.sha256},
          {"xet_hash", file.xetHash}};
}

void addHubFilesCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand("files", "The files of a model, with sizes and hashes");
  auto options = addOptions(*command);
  command->callback([&run, options] { run = [options] { return printFiles(*options); }; });
}

void addHubCardCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand("card", "The card of a model, as Markdown");
  auto options = addOptions(*command);
  command->callback([&run, options] { run = [options] { return printCard(*options); }; });
}

}  // namespace orrery::cli
