#include "app/cli/engine_describe.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "core/base/file.h"
#include "core/chat/template_source.h"
#include "core/checkpoint/checkpoint.h"

namespace orrery::engine {
namespace {

namespace fs = std::filesystem;
using protocol::MemoryEstimate;
using protocol::ModelEntry;
using protocol::TensorEntry;

constexpr int kPrefillPiece = 512;
constexpr int kDefaultContext = 4096;

/// The part of a configuration that describes the text model.
JsonField textConfig(const JsonField& config) {
  for (const char* name : {"text_config", "llm_config"})
    if (const auto nested = config.find(name)) return *nested;
  return config;
}

/// The first of `names` that the configuration has: families call the same size differently.
std::int64_t sizeOf(const JsonField& config, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto field = config.find(name)) return field->as<std::int64_t>();
  return 0;
}

std::int64_t layersOf(const JsonField& c) {
  return sizeOf(c, {"num_hidden_layers", "n_layer", "num_layers", "n_layers"});
}
std::int64_t contextOf(const JsonField& c) {
  return sizeOf(c, {"max_position_embeddings", "n_positions", "n_ctx", "seq_length"});
}
std::int64_t hiddenOf(const JsonField& c) {
  return sizeOf(c, {"hidden_size", "n_embd", "d_model", "dim"});
}

std::vector<TensorEntry> listTensors(const checkpoint::WeightSource& weights) {
  std::vector<TensorEntry> tensors;
  for (const std::string& name : weights.names()) {
    const auto view = weights.find(name);
    if (!view) continue;
    tensors.push_back({name, std::string(checkpoint::dtypeName(view->dtype)), view->shape,
                       static_cast<std::int64_t>(view->data.size())});
  }
  return tensors;
}

void addTensors(ModelEntry& entry, const std::vector<TensorEntry>& tensors) {
  std::map<std::string, std::int64_t> bytesOfType;
  for (const TensorEntry& tensor : tensors) {
    std::int64_t elements = 1;
    for (const auto size : tensor.shape) elements *= size;
    entry.parameters += elements;
    entry.bytes += tensor.bytes;
    bytesOfType[tensor.dtype] += tensor.bytes;
  }
  const auto most =
      std::ranges::max_element(bytesOfType, {}, [](const auto& e) { return e.second; });
  if (most != bytesOfType.end()) entry.dtype = most->first;
}

void addConfig(ModelEntry& entry, const JsonField& config) {
  entry.modelType = config.get<std::string>("model_type", "");
  const auto names = config.get<std::vector<std::string>>("architectures", {});
  if (!names.empty()) entry.architecture = names.front();
  if (const auto quantization = config.find("quantization_config"))
    entry.quantization = quantization->get<std::string>("quant_method", "");
  const JsonField text = textConfig(config);
  entry.contextLength = static_cast<int>(contextOf(text));
  entry.vocabSize = static_cast<int>(sizeOf(text, {"vocab_size"}));
  entry.layers = static_cast<int>(layersOf(text));
}

std::string formatOf(const fs::path& path) {
  if (path.extension() == ".gguf") return "gguf";
  std::error_code ignored;
  const bool safetensors = fs::exists(path / "model.safetensors", ignored) ||
                           fs::exists(path / "model.safetensors.index.json", ignored);
  return safetensors ? "safetensors" : "pytorch";
}

std::int64_t secondsSinceEpoch(const fs::path& path) {
  std::error_code failure;
  const auto time = fs::last_write_time(path, failure);
  if (failure) return 0;
  const auto system = std::chrono::file_clock::to_sys(time).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(system).count();
}

}  // namespace

MemoryEstimate estimateMemory(const JsonField& config, std::int64_t weightBytes, bool wideWeights,
                              int contextTokens) {
  const JsonField text = textConfig(config);
  const std::int64_t own = contextOf(text);
  const std::int64_t context =
      contextTokens > 0 ? contextTokens
                        : std::min<std::int64_t>(own > 0 ? own : kDefaultContext, kDefaultContext);
  const std::int64_t hidden = hiddenOf(text);
  const std::int64_t heads = sizeOf(text, {"num_attention_heads", "n_head", "num_heads"});
  const std::int64_t named = sizeOf(text, {"num_key_value_heads"});
  const std::int64_t keyHeads = named > 0 ? named : heads;
  const std::int64_t stated = sizeOf(text, {"head_dim", "d_kv"});
  const std::int64_t headSize = stated > 0 ? stated : heads > 0 ? hidden / heads : 0;
  const std::int64_t wide = sizeOf(text, {"intermediate_size", "n_inner", "d_ff"});

  MemoryEstimate estimate{.weightBytes = weightBytes, .contextTokens = static_cast<int>(context)};
  estimate.cacheBytes = 2 * layersOf(text) * keyHeads * headSize * context * (wideWeights ? 4 : 2);
  const std::int64_t rows = std::min<std::int64_t>(context, kPrefillPiece);
  // Of one layer: some eight values of the hidden size and three of the wide one for each row, and
  // one row of attention scores for each head; then the logits of one row.
  estimate.workBytes =
      4 * (rows * (8 * hidden + 3 * (wide > 0 ? wide : 4 * hidden) + heads * context) +
           sizeOf(text, {"vocab_size"}));
  estimate.totalBytes = estimate.weightBytes + estimate.cacheBytes + estimate.workBytes;
  return estimate;
}

ModelDescription describeModel(const fs::path& path, int contextTokens) {
  const checkpoint::Checkpoint checkpoint = checkpoint::openCheckpoint(path);
  ModelDescription model{.tensors = listTensors(*checkpoint.weights), .config = checkpoint.config};
  ModelEntry& entry = model.entry;
  entry.path = fs::absolute(path).lexically_normal().string();
  if (entry.path.ends_with('/')) entry.path.pop_back();
  entry.format = formatOf(path);
  entry.name =
      entry.format == "gguf" ? path.stem().string() : fs::path(entry.path).filename().string();
  entry.modifiedAt = secondsSinceEpoch(path);
  addTensors(entry, model.tensors);
  const bool isFile = entry.format == "gguf";
  const JsonField config(model.config,
                         isFile ? entry.path : (fs::path(entry.path) / "config.json").string());
  addConfig(entry, config);
  entry.hasChatTemplate = !chat::readTemplates(path).templates.empty();
  entry.memory = estimateMemory(config, entry.bytes, entry.dtype == "F32", contextTokens);
  return model;
}

}  // namespace orrery::engine
