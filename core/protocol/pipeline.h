#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/protocol/arrays.h"

/// Tasks from raw input to a result that means something: text-classification, fill-mask, ….
namespace orrery::protocol {

struct RunPipelineResult {
  Json result;             ///< the document of `orrery-cli run --json`
  double loadSeconds = 0;  ///< 0 if the model was in memory
  double runSeconds = 0;
  std::optional<std::string> arrays;           ///< Content-Id of the arrays that `result` names
  std::shared_ptr<const Arrays> arrayContent;  ///< what came under that id; does not travel here

  bool operator==(const RunPipelineResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("result", self.result);
    f.optional("load_s", self.loadSeconds);
    f.optional("run_s", self.runSeconds);
    f("arrays", self.arrays);
  }
};

/// Notification: what the task of the request `request` has found so far.
struct PipelinePartial {
  static constexpr auto kMethod = "pipeline/partial";

  Json request;  ///< its id
  Json partial;  ///< as PROTOCOL.md says for the task

  bool operator==(const PipelinePartial&) const = default;
  static void fields(auto& f, auto& self) {
    f("request", self.request);
    f("partial", self.partial);
  }
};

/// Runs a task on one input. The engine keeps the model of the last one beside that of model/load;
/// another task or path lets it go.
struct RunPipelineParams {
  static constexpr auto kMethod = "pipeline/run";
  using Result = RunPipelineResult;

  std::string task;
  std::string path;  ///< checkpoint folder or .gguf file
  Json input;        ///< in one of the forms that transformers' pipelines take
  Json options = Json::object();
  std::string device = "cpu";
  std::string dtype = "auto";
  int threads = 0;  ///< 0: one per core

  bool operator==(const RunPipelineParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("task", self.task);
    f("path", self.path);
    f("input", self.input);
    f.optional("options", self.options);
    f.optional("device", self.device);
    f.optional("dtype", self.dtype);
    f.optional("threads", self.threads);
  }
};

struct TaskOption {
  std::string name;
  std::string type;  ///< "true or false", "integer", "text", …, or the words it may be
  std::string description;
  Json defaultValue;

  bool operator==(const TaskOption&) const = default;
  static void fields(auto& f, auto& self) {
    f("name", self.name);
    f("type", self.type);
    f("description", self.description);
    f("default", self.defaultValue);
  }
};

struct Task {
  std::string name;
  std::vector<std::string> aliases;
  std::string description;
  std::vector<TaskOption> options;

  bool operator==(const Task&) const = default;
  static void fields(auto& f, auto& self) {
    f("name", self.name);
    f("aliases", self.aliases);
    f("description", self.description);
    f("options", self.options);
  }
};

struct TasksResult {
  std::vector<Task> tasks;

  bool operator==(const TasksResult&) const = default;
  static void fields(auto& f, auto& self) { f("tasks", self.tasks); }
};

/// The tasks of this engine and what each takes; needs no model.
struct TasksParams {
  static constexpr auto kMethod = "pipeline/tasks";
  using Result = TasksResult;

  bool operator==(const TasksParams&) const = default;
  static void fields(auto&, auto&) {}
};

}  // namespace orrery::protocol
