#include <fmt/ranges.h>

#include <cstdio>
#include <memory>
#include <thread>

#include "app/cli/commands.h"
#include "app/cli/runtime.h"
#include "core/base/json.h"
#include "core/models/model_config.h"

namespace orrery::cli {
namespace {

struct CpuFeature {
  const char* name;
  bool present;
};

Json describeProcessor() {
  __builtin_cpu_init();
  const CpuFeature features[] = {
      {"avx2", __builtin_cpu_supports("avx2") != 0},
      {"avx512f", __builtin_cpu_supports("avx512f") != 0},
      {"avx512_vnni", __builtin_cpu_supports("avx512vnni") != 0},
      {"avx512_bf16", __builtin_cpu_supports("avx512bf16") != 0},
  };
  Json present = Json::array();
  for (const auto& feature : features)
    if (feature.present) present.push_back(feature.name);
  return {{"name", "cpu"}, {"threads", std::thread::hardware_concurrency()}, {"features", present}};
}

/// The names of the tasks are known to the library that computes; if that cannot be loaded, the
/// document says why, as it is what a report of a fault holds.
Json describeBuild() {
  Json result = {{"version", ORRERY_VERSION},
                 {"devices", Json::array({describeProcessor()})},
                 {"model_types", models::supportedModelTypes()},
                 {"tasks", Json::array()}};
  try {
    for (const OrderedJson& task : runtime().tasks())
      result["tasks"].push_back(task.at("name").get<std::string>());
  } catch (const Error& error) {
    result["problem"] = error.what();
  }
  return result;
}

std::string joined(const Json& names) {
  return fmt::format("{}", fmt::join(names.get<std::vector<std::string>>(), ", "));
}

void print(const Json& build) {
  fmt::print("Orrery {}\n", build["version"].get<std::string>());
  for (const Json& device : build["devices"])
    fmt::print("{}: {} threads, {}\n", device["name"].get<std::string>(),
               device["threads"].get<unsigned>(), joined(device["features"]));
  fmt::print("model types: {}\ntasks: {}\n", joined(build["model_types"]), joined(build["tasks"]));
  if (build.contains("problem")) fmt::print("problem: {}\n", build["problem"].get<std::string>());
}

}  // namespace

void addInfoCommand(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("info", "Devices, CPU features and what this build supports");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print one JSON document");
  command->callback([&run, json] {
    run = [json] {
      const Json build = describeBuild();
      if (*json)
        std::puts(build.dump(1).c_str());
      else
        print(build);
      return int{kDone};
    };
  });
}

}  // namespace orrery::cli
