#include <cstdio>
#include <memory>
#include <thread>

#include "app/cli/commands.h"
#include "core/base/json.h"

namespace orrery::cli {
namespace {

struct CpuFeature {
  const char* name;
  bool present;
};

Json describeMachine() {
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
  return {{"version", ORRERY_VERSION},
          {"devices", Json::array({{{"name", "cpu"},
                                    {"threads", std::thread::hardware_concurrency()},
                                    {"features", present}}})}};
}

}  // namespace

void addInfoCommand(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("info", "Devices, CPU features and what this build supports");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print one JSON document");
  command->callback([&run, json] {
    run = [json] {
      const Json machine = describeMachine();
      if (*json) {
        std::puts(machine.dump(1).c_str());
        return int{kDone};
      }
      std::printf("Orrery %s\n", machine["version"].get<std::string>().c_str());
      for (const Json& device : machine["devices"])
        std::printf("%s: %d threads, %s\n", device["name"].get<std::string>().c_str(),
                    device["threads"].get<int>(), device["features"].dump().c_str());
      return int{kDone};
    };
  });
}

}  // namespace orrery::cli
