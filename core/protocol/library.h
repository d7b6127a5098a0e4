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
  std::int64_t workBytes = 0;    ///< the program itself, the tokenizer, activations and logits
  std::int64_t totalBytes = 0;
  int contextTokens = 0;  ///< the length the cache is reckoned for
  bool fits = false;      ///< in the memory that this machine can still give

  bool operator==(const MemoryEstimate&) const = default;
  static void fields(auto& f, auto& self) {
    f("weight_bytes", self.weightBytes);
    f("cache_bytes", self.cacheBytes);
    f("work_bytes", self.workBytes);
    f("total_bytes", self.totalBytes);
    f("context_tokens", self.contextTokens);
    f.optional("fits", self.fits);
  }
};

/// One model found on disk. Numbers that its files do not tell are 0, texts empty.
struct ModelEntry {
  std::string path;    ///< what model/load takes
  std::string name;    ///< "HuggingFaceTB/SmolLM2-135M" in the hub cache, else from the file
  std::string source;  ///< where it was found: "data", "hub", "folder", or the program that
  ///< keeps it: "lmstudio", "ollama", "gpt4all", "llama.cpp"
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
  std::string problem;  ///< why this build cannot load it, as far as config.json tells; else empty
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
    f.optional("problem", self.problem);
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
  bool collections = true;  ///< of LM Studio, Ollama, GPT4All and llama.cpp
  int contextTokens = 0;    ///< for the memory estimates; 0: the model's own, at most 4096

  bool operator==(const ListModelsParams&) const = default;
  static void fields(auto& f, auto& self) {
    f.optional("folders", self.folders);
    f.optional("data_folder", self.dataFolder);
    f.optional("hub_cache", self.hubCache);
    f.optional("collections", self.collections);
    f.optional("context_tokens", self.contextTokens);
  }
};

struct TensorEntry {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::int64_t bytes = 0;
  /// How it is used with dtype "auto": "mapped" (where it lies in the file), "packed" (a block type
  /// that is multiplied where it lies), "unpacked" (of a block type, while loading), "converted"
  /// (to another scalar type), "copied" (in another order), "unused" (whole numbers: no weights).
  std::string form;
  std::string memoryDtype;       ///< "F32" and so on, as used; empty if it is not
  std::int64_t memoryBytes = 0;  ///< as used

  bool operator==(const TensorEntry&) const = default;
  static void fields(auto& f, auto& self) {
    f("name", self.name);
    f("dtype", self.dtype);
    f("shape", self.shape);
    f("bytes", self.bytes);
    f.optional("form", self.form);
    f.optional("memory_dtype", self.memoryDtype);
    f.optional("memory_bytes", self.memoryBytes);
  }
};

/// What a model takes with its weights in one precision, at several context lengths.
struct PrecisionMemory {
  std::string dtype;  ///< as model/load takes it: "auto", "float32", …
  std::vector<MemoryEstimate> contexts;

  bool operator==(const PrecisionMemory&) const = default;
  static void fields(auto& f, auto& self) {
    f("dtype", self.dtype);
    f("contexts", self.contexts);
  }
};

struct TokenizerEntry {
  std::string kind;  ///< "BPE", "WordPiece", "Unigram", "WordLevel"; empty if there is none
  std::string file;  ///< where it is: "tokenizer.json", …

  bool operator==(const TokenizerEntry&) const = default;
  static void fields(auto& f, auto& self) {
    f("kind", self.kind);
    f("file", self.file);
  }
};

/// The fields of its ModelEntry, and what only a look at one model tells.
struct InspectResult {
  ModelEntry model;
  std::vector<TensorEntry> tensors;
  Json config = Json::object();  ///< config.json, or what a GGUF file says in its words
  std::vector<std::string>
      configNotUnderstood;  ///< fields of config that may matter and nothing reads
  TokenizerEntry tokenizer;
  std::vector<PrecisionMemory> memoryByPrecision;
  std::int64_t availableBytes = 0;  ///< what `fits` compares to

  bool operator==(const InspectResult&) const = default;
  static void fields(auto& f, auto& self) {
    ModelEntry::fields(f, self.model);
    f("tensors", self.tensors);
    f("config", self.config);
    f.optional("config_not_understood", self.configNotUnderstood);
    f.optional("tokenizer", self.tokenizer);
    f.optional("memory_by_precision", self.memoryByPrecision);
    f.optional("available_bytes", self.availableBytes);
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
