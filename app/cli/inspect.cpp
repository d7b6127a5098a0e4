// inspect: what a checkpoint is and what it takes, from its headers alone.

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <tuple>

#include "app/cli/amounts.h"
#include "app/cli/commands.h"
#include "app/cli/engine_describe.h"
#include "app/cli/hub/model_argument.h"
#include "core/protocol/fields.h"

namespace orrery::cli {
namespace {

using protocol::InspectResult;
using protocol::TensorEntry;

void printRow(const char* label, const std::string& text) {
  fmt::print("{:<14} {}\n", label, text);
}

void printModel(const InspectResult& result) {
  const auto& model = result.model;
  printRow("model", model.name);
  printRow("architecture", fmt::format("{} ({})", model.architecture, model.modelType));
  printRow("file", fmt::format("{}, {}, {}", model.path, model.format, bytesText(model.bytes)));
  printRow("parameters", fmt::format("{} in {} tensors of {} layers, most of them {}",
                                     countText(model.parameters), result.tensors.size(),
                                     model.layers, model.dtype));
  printRow("context", model.contextLength > 0 ? fmt::format("{} tokens", model.contextLength)
                                              : std::string("not limited by the config"));
  const auto& tokenizer = result.tokenizer;
  printRow("tokenizer", tokenizer.file.empty()
                            ? std::string("none")
                            : fmt::format("{} ({}), vocabulary of {}", tokenizer.kind,
                                          tokenizer.file, model.vocabSize));
  printRow("chat template", model.hasChatTemplate ? "yes" : "no");
  if (!model.problem.empty())
    printRow("cannot be run", model.problem);
  else
    printRow("not understood",
             result.configNotUnderstood.empty()
                 ? std::string("nothing of the config")
                 : fmt::format("{}", fmt::join(result.configNotUnderstood, ", ")));
}

/// One line for each precision, one column for each context length.
void printMemory(const InspectResult& result) {
  fmt::print(
      "\nmemory with weights, cache and work at a context of … tokens ({} free; ! does not "
      "fit)\n",
      bytesText(result.availableBytes));
  fmt::print("{:<10}{:>12}", "dtype", "weights");
  for (const auto& estimate : result.memoryByPrecision.front().contexts)
    fmt::print("{:>12}", estimate.contextTokens);
  fmt::print("\n");
  for (const auto& row : result.memoryByPrecision) {
    fmt::print("{:<10}{:>12}", row.dtype, bytesText(row.contexts.front().weightBytes));
    for (const auto& estimate : row.contexts)
      fmt::print("{:>12}", bytesText(estimate.totalBytes) + (estimate.fits ? "" : "!"));
    fmt::print("\n");
  }
}

/// "model.layers.3.mlp.up_proj.weight" → "model.layers.*.mlp.up_proj.weight"
std::string withoutNumbers(const std::string& name) {
  std::string result;
  std::size_t begin = 0;
  while (begin <= name.size()) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    const bool number = !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    result += (begin > 0 ? "." : "") + (number ? "*" : part);
    begin = end + 1;
  }
  return result;
}

struct TensorGroup {
  std::string name;
  const TensorEntry* first;
  int count = 0;
  std::int64_t bytes = 0;
};

/// Tensors that differ in a number of their name alone, in the order of the first of each.
std::vector<TensorGroup> groupTensors(const std::vector<TensorEntry>& tensors) {
  std::vector<TensorGroup> groups;
  std::map<std::tuple<std::string, std::string, std::vector<std::int64_t>>, std::size_t> places;
  for (const TensorEntry& tensor : tensors) {
    const std::string name = withoutNumbers(tensor.name);
    const auto [at, isNew] = places.try_emplace({name, tensor.dtype, tensor.shape}, groups.size());
    if (isNew) groups.push_back({name, &tensor});
    TensorGroup& group = groups[at->second];
    if (++group.count == 2) group.first = &tensor;
    group.bytes += tensor.bytes;
  }
  return groups;
}

void printTensors(const InspectResult& result) {
  std::size_t wide = 0;
  const auto groups = groupTensors(result.tensors);
  const auto nameOf = [](const TensorGroup& group) {
    return group.count == 1 ? group.first->name : fmt::format("{} ×{}", group.name, group.count);
  };
  for (const TensorGroup& group : groups) wide = std::max(wide, nameOf(group).size());
  fmt::print("\n{:<{}}  {:<18}{:<9}{:>10}  as used\n", "tensors", wide, "shape", "dtype", "bytes");
  for (const TensorGroup& group : groups)
    fmt::print("{:<{}}  {:<18}{:<9}{:>10}  {}{}\n", nameOf(group), wide,
               fmt::format("[{}]", fmt::join(group.first->shape, ", ")), group.first->dtype,
               bytesText(group.bytes), group.first->form,
               group.first->memoryDtype.empty() || group.first->memoryDtype == group.first->dtype
                   ? ""
                   : " to " + group.first->memoryDtype);
}

}  // namespace

void addInspectCommand(CLI::App& app, Run& run) {
  struct Options {
    std::string model;
    bool json = false;
  };
  auto* command = app.add_subcommand(
      "inspect", "What a checkpoint holds and how much memory it takes; loads nothing");
  auto options = std::make_shared<Options>();
  addModelOption(*command, options->model, "Checkpoint folder or .gguf file", ModelNeed::kAll);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&run, options] {
    run = [options] {
      const InspectResult result = engine::inspectModel(options->model);
      if (options->json) {
        std::puts(
            protocol::toJson(result).dump(1, ' ', false, Json::error_handler_t::replace).c_str());
        return int{kDone};
      }
      printModel(result);
      printMemory(result);
      printTensors(result);
      return int{kDone};
    };
  });
}

}  // namespace orrery::cli
