#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"

/// Messages about checkpoints on disk; nothing is loaded to answer them.
namespace orrery::protocol {

/// What a checkpoint takes in memory, from its header alone.
struct MemoryEstimate {
  std::int64_t weightBytes = 0;  ///< as stored
  std::int64_t cacheBytes = 0;   ///< keys and values of `context_tokens` positions
  std::int64_t workBytes = 0;    ///< activations and logits
  std::int64_t totalBytes = 0;
  int contextTokens = 0;  ///< the length the cache is reckoned for

  bool operator==(const MemoryEstimate&) const = default;
  static void fields(auto& f, auto& self) {
    f("weight_bytes", self.weightBytes);
    f("cache_bytes", self.cacheBytes);
    f("work_bytes", self.workBytes);
    f("total_bytes", self.totalBytes);
    f("context_tokens", self.contextTokens);
  }
};

/// One model found on disk. Numbers that its files do not tell are 0, texts empty.
struct ModelEntry {
  std::string path;          ///< what model/load takes
  std::string name;          ///< "HuggingFaceTB/SmolLM2-135M" in the hub cache, else from the file
  std::string source;        ///< where it was found: "data", "hub" or "folder"
  std::string format;        ///< "safetensors", "gguf" or "pytorch"
  std::string modelType;     ///< "llama", as in config.json
  std::string architecture;  ///< "LlamaForCausalLM"
  std::string dtype;         ///< type of most weights: "BF16", "Q4_1"
  std::string quantization;  ///< quant_method of config.json, or GGUF's file type; else empty
  std::int64_t parameters = 0;
  std::int64_t bytes = 0;       ///< of its weight files
  std::int64_t modifiedAt = 0;  ///< seconds since 1970
  int contextLength = 0;
  int vocabSize = 0;
  int layers = 0;
  bool hasChatTemplate = false;
  MemoryEstimate memory;

  bool operator==(const ModelEntry&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f("name", self.name);
    f.optional("source", self.source);
    f.optional("format", self.format);
    f.optional("model_type", self.modelType);
    f.optional("architecture", self.architecture);
    f.optional("dtype", self.dtype);
    f.optional("quantization", self.quantization);
    f.optional("parameters", self.parameters);
    f.optional("bytes", self.bytes);
    f.optional("modified_at", self.modifiedAt);
    f.optional("context_length", self.contextLength);
    f.optional("vocab_size", self.vocabSize);
    f.optional("layers", self.layers);
    f.optional("has_chat_template", self.hasChatTemplate);
    f.optional("memory", self.memory);
  }
};

/// A file or folder that looked like a model and could not be read.
struct LibraryProblem {
  std::string path;
  std::string message;

  bool operator==(const LibraryProblem&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f("message", self.message);
  }
};

struct ListModelsResult {
  std::vector<ModelEntry> models;
  std::vector<LibraryProblem> problems;
  std::int64_t availableBytes =
      0;  ///< memory this machine can still give: what estimates compare to

  bool operator==(const ListModelsResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("models", self.models);
    f.optional("problems", self.problems);
    f.optional("available_bytes", self.availableBytes);
  }
};

/// Looks for models in the data folder, the hub cache and `folders`, which may also name one file.
struct ListModelsParams {
  static constexpr auto kMethod = "library/list";
  using Result = ListModelsResult;

  std::vector<std::string> folders;
  bool dataFolder = true;
  bool hubCache = true;
  int contextTokens = 0;  ///< for the memory estimates; 0: the model's own, at most 4096

  bool operator==(const ListModelsParams&) const = default;
  static void fields(auto& f, auto& self) {
    f.optional("folders", self.folders);
    f.optional("data_folder", self.dataFolder);
    f.optional("hub_cache", self.hubCache);
    f.optional("context_tokens", self.contextTokens);
  }
};

struct TensorEntry {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::int64_t bytes = 0;

  bool operator==(const TensorEntry&) const = default;
  static void fields(auto& f, auto& self) {
    f("name", self.name);
    f("dtype", self.dtype);
    f("shape", self.shape);
    f("bytes", self.bytes);
  }
};

struct InspectResult {
  ModelEntry model;
  std::vector<TensorEntry> tensors;
  Json config = Json::object();  ///< config.json, or what a GGUF file says in its words

  bool operator==(const InspectResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("model", self.model);
    f("tensors", self.tensors);
    f("config", self.config);
  }
};

/// All that the headers of one checkpoint say.
struct InspectParams {
  static constexpr auto kMethod = "library/inspect";
  using Result = InspectResult;

  std::string path;

  bool operator==(const InspectParams&) const = default;
  static void fields(auto& f, auto& self) { f("path", self.path); }
};

}  // namespace orrery::protocol
