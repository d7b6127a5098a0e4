// hub info: what the hub knows of a model, and from the headers of its files what it takes here.

#include <fmt/ranges.h>

#include <memory>
#include <optional>

#include "app/cli/amounts.h"
#include "app/cli/hub/download_model.h"
#include "app/cli/hub/fit.h"
#include "app/cli/hub/hub_commands.h"
#include "app/cli/hub/remote_model.h"
#include "core/hub/api.h"
#include "core/hub/repo_id.h"
#include "core/protocol/fields.h"

namespace orrery::cli {
namespace {

struct Options {
  std::string model, file;
  bool json = false, tensors = false;
};

/// All that is found out; what could not be is a text.
struct Page {
  hub::ModelInfo info;
  hub::RepositoryTree tree;
  std::optional<RemoteInspection> inspection;
  hub::Refs refs;
  std::string gate;       ///< name of the Gate; empty: none
  std::string notJudged;  ///< why there is no inspection
};

Page readPage(const Options& options) {
  const auto [id, revision] = hub::parseModelReference(options.model);
  hub::HttpClient client(hub::Settings::fromEnvironment());
  const CancelToken cancel = cancelOnInterrupt();
  hub::Api api(client, cancel);
  Page page{.info = api.model(id, revision)};
  // Everything else is asked of the commit, so that a push in between mixes nothing.
  const std::string& commit = page.info.commit.empty() ? revision : page.info.commit;
  page.tree = hub::fetchTree(client, id, commit, cancel);
  page.refs = api.refs(id);
  if (!page.info.gated.empty())
    if (const auto gate = api.gate(id, commit)) {
      page.gate = hub::gateName(*gate);
      page.notJudged = fmt::format("{}: {}", id, hub::gateSentence(*gate));
      return page;
    }
  try {
    page.inspection = inspectRemote(client, id, page.tree, options.file);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    page.notJudged = error.what();
  }
  return page;
}

void printRow(const char* label, const std::string& text) {
  if (!text.empty()) fmt::print("{:<14} {}\n", label, text);
}

std::string fitText(const Fit& fit) {
  const std::string need = fmt::format("{} at {} tokens of {} free", bytesText(fit.totalBytes),
                                       fit.contextTokens, bytesText(fit.availableBytes));
  if (fit.kind == "does_not_fit")
    return fit.longestContext > 0
               ? fmt::format("does not fit: {}; up to {} tokens do", need, fit.longestContext)
               : "does not fit: " + need;
  return fmt::format("{}: {}; up to {} tokens", fit.kind, need, fit.longestContext);
}

void printInspection(const RemoteInspection& inspection) {
  const auto& model = inspection.result.model;
  printRow("architecture", fmt::format("{} ({})", model.architecture, model.modelType));
  printRow("parameters",
           fmt::format("{} in {} tensors, most of them {}", countText(model.parameters),
                       inspection.result.tensors.size(), model.dtype));
  printRow("weights",
           fmt::format("{} in {} {}", bytesText(model.bytes), inspection.weightFiles.size(),
                       inspection.weightFiles.size() == 1 ? "file" : "files"));
  if (model.contextLength > 0) printRow("context", fmt::format("{} tokens", model.contextLength));
  printRow("tokenizer", inspection.result.tokenizer.file);
  printRow("chat template", model.hasChatTemplate ? "yes" : "no");
  printRow("cannot be run", model.problem);
  printRow("not understood",
           fmt::format("{}", fmt::join(inspection.result.configNotUnderstood, ", ")));
  printRow("memory", fitText(judgeFit(inspection.result)));
  for (const auto& [dtype, fit] : judgePrecisions(inspection.result))
    if (dtype != "auto") fmt::print("  {:<12} {}\n", dtype, fitText(fit));  // that is the row above
  printRow("read", bytesText(inspection.receivedBytes) + " of headers");
}

std::string namesOf(const std::vector<hub::Ref>& refs) {
  std::vector<std::string> names;
  for (const auto& ref : refs) names.push_back(ref.name);
  return shownText(fmt::format("{}", fmt::join(names, ", ")), 400);
}

void printPage(const Page& page) {
  const hub::ModelInfo& info = page.info;
  std::uint64_t bytes = 0;
  for (const auto& file : page.tree.files) bytes += file.size;
  printRow("model", shownText(info.id));
  printRow("revision", info.commit);
  printRow("task", shownText(info.task));
  printRow("library", shownText(info.library));
  printRow("licence", shownText(info.license));
  if (!info.gated.empty()) printRow("gated", "yes, " + shownText(info.gated));
  printRow("branches", namesOf(page.refs.branches));
  printRow("tags", namesOf(page.refs.tags));
  printRow("made from", shownText(fmt::format("{}", fmt::join(info.baseModels, ", ")), 400));
  printRow("downloads", fmt::format("{} this month, {} likes", shortCountText(info.downloads),
                                    shortCountText(info.likes)));
  printRow("changed", shownText(info.modified.substr(0, 10)));
  printRow("files", fmt::format("{}, {}", page.tree.files.size(), bytesText(bytes)));
  if (page.inspection) printInspection(*page.inspection);
  printRow("not judged", page.notJudged);
}

Json pageJson(const Page& page, bool tensors) {
  Json document = page.info.toJson();
  Json files = Json::array();
  for (const auto& file : page.tree.files) files.push_back(fileJson(file));
  document["files"] = files;
  document["refs"] = page.refs.toJson();
  document["gate"] = page.gate;
  document["not_judged"] = page.notJudged;
  if (!page.inspection) return document;
  document["inspection"] = toJson(page.inspection->result);
  if (!tensors) document["inspection"].erase("tensors");
  document["weight_files"] = page.inspection->weightFiles;
  document["received_bytes"] = page.inspection->receivedBytes;
  document["fit"] = judgeFit(page.inspection->result).toJson();
  document["fit_by_precision"] = Json::array();
  for (const PrecisionFit& fit : judgePrecisions(page.inspection->result))
    document["fit_by_precision"].push_back(fit.toJson());
  return document;
}

}  // namespace

void addHubInfoCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand(
      "info", "What a model is and whether it fits this machine; reads headers, downloads nothing");
  auto options = std::make_shared<Options>();
  command->add_option("model", options->model, "org/name or org/name@revision")->required();
  command->add_option("--file", options->file, "The GGUF file to judge, of several");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->add_flag("--tensors", options->tensors, "With --json: every tensor too");
  command->callback([&run, options] {
    run = [options] {
      const Page page = readPage(*options);
      if (options->json)
        printJson(pageJson(page, options->tensors));
      else
        printPage(page);
      return int{kDone};
    };
  });
}

}  // namespace orrery::cli
