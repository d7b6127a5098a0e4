#include "app/cli/engine_describe.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "app/cli/engine_buffers.h"
#include "app/cli/engine_memory.h"
#include "app/cli/engine_stats.h"
#include "app/cli/tokenizer_kind.h"
#include "core/chat/template_source.h"
#include "core/checkpoint/checkpoint.h"
#include "core/generation/generation_fields.h"
#include "core/models/timm/timm_config.h"

namespace orrery::engine {
namespace {

namespace fs = std::filesystem;
using checkpoint::Checkpoint;
using kernels::Precision;
using protocol::InspectResult;
using protocol::ModelEntry;

constexpr std::int64_t kDefaultContext = 4096;

/// Type in which most bytes of the weights are stored.
std::string mostlyStoredAs(const std::vector<protocol::TensorEntry>& tensors) {
  std::map<std::string, std::int64_t> bytesOfType;
  for (const auto& tensor : tensors) bytesOfType[tensor.dtype] += tensor.bytes;
  const auto most =
      std::ranges::max_element(bytesOfType, {}, [](const auto& e) { return e.second; });
  return most == bytesOfType.end() ? "" : most->first;
}

std::string formatOf(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return "gguf";  // whatever its name is
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

/// Everything but the memory; reads headers only.
class Description {
 public:
  explicit Description(const fs::path& path)
      : checkpoint_(checkpoint::openCheckpoint(path)),
        report_(models::examineConfig(checkpoint_.config, checkpoint_.configName())) {
    addPlace(path);
    addTensors();
    addConfig();
    result_.model.hasChatTemplate = !chat::readTemplates(path).templates.empty();
    result_.availableBytes = measureProcess().availableBytes;
  }

  ModelEntry entry(std::int64_t contextTokens) {
    const std::int64_t own = report_.shape.maxPositions;
    if (contextTokens == 0)
      contextTokens = std::min(own > 0 ? own : kDefaultContext, kDefaultContext);
    result_.model.memory = estimate(Precision::kAuto, contextTokens);
    return result_.model;
  }

  InspectResult all() {
    entry(0);
    result_.memoryByPrecision = memoryByPrecision();
    result_.tokenizer = tokenizerOf(checkpoint_);
    result_.configNotUnderstood = report_.notUnderstood;
    // Fields that generation reads are understood there.
    std::erase_if(result_.configNotUnderstood, [](const std::string& name) {
      return generation::findField(name) || generation::findOtherField(name);
    });
    return result_;
  }

 private:
  void addPlace(const fs::path& path) {
    ModelEntry& entry = result_.model;
    entry.path = fs::absolute(path).lexically_normal().string();
    if (entry.path.ends_with('/')) entry.path.pop_back();
    entry.format = formatOf(path);
    entry.name =
        entry.format == "gguf" ? path.stem().string() : fs::path(entry.path).filename().string();
    entry.modifiedAt = secondsSinceEpoch(path);
  }

  void addTensors() {
    ModelEntry& entry = result_.model;
    const auto names = checkpoint_.weights->names();
    const Buffers buffers(checkpoint_.config, names);
    for (const std::string& name : names) {
      auto header = checkpoint_.weights->header(name);
      if (!header) continue;
      if (!buffers.contain(name, *header)) entry.parameters += valuesOf(name, *header);
      result_.tensors.push_back(tensorEntry(name, *header));
      headers_.emplace_back(name, *std::move(header));
    }
    entry.bytes = static_cast<std::int64_t>(checkpoint_.weights->bytes());
    entry.dtype = mostlyStoredAs(result_.tensors);
  }

  void addConfig() {
    ModelEntry& entry = result_.model;
    const JsonField config(checkpoint_.config, checkpoint_.configName());
    entry.modelType = config.get<std::string>("model_type", "");
    const auto names = config.get<std::vector<std::string>>("architectures", {});
    if (!names.empty()) entry.architecture = names.front();
    if (models::timm::isTimm(checkpoint_.config)) {
      entry.modelType = models::timm::kModelType;
      entry.architecture = config.require<std::string>("architecture");
    }
    if (const auto quantization = config.find("quantization_config"))
      entry.quantization = quantization->get<std::string>("quant_method", "");
    entry.contextLength = static_cast<int>(report_.shape.maxPositions);
    entry.vocabSize = static_cast<int>(report_.shape.vocab);
    entry.layers = static_cast<int>(report_.shape.layers);
    entry.problem = report_.problem;
    result_.config = checkpoint_.config;
  }

  std::vector<protocol::PrecisionMemory> memoryByPrecision() const {
    constexpr std::pair<const char*, Precision> kPrecisions[] = {{"auto", Precision::kAuto},
                                                                 {"float32", Precision::kFloat32},
                                                                 {"bfloat16", Precision::kBFloat16},
                                                                 {"float16", Precision::kFloat16}};
    std::vector<protocol::PrecisionMemory> rows;
    for (const auto& [name, precision] : kPrecisions) {
      auto& row = rows.emplace_back(protocol::PrecisionMemory{name, {}});
      for (const std::int64_t context : usualContexts(report_.shape))
        row.contexts.push_back(estimate(precision, context));
    }
    return rows;
  }

  protocol::MemoryEstimate estimate(Precision precision, std::int64_t contextTokens) const {
    WeightMemory weights;
    for (const auto& [name, header] : headers_) {
      weights.used += bytesInMemory(name, header, precision);
      weights.read += bytesRead(name, header, precision);
    }
    return estimateMemory(report_.shape, weights, contextTokens, result_.availableBytes);
  }

  Checkpoint checkpoint_;
  models::ConfigReport report_;
  std::vector<std::pair<std::string, checkpoint::TensorHeader>> headers_;
  InspectResult result_;
};

}  // namespace

ModelEntry describeModel(const fs::path& path, int contextTokens) {
  return Description(path).entry(contextTokens);
}

InspectResult inspectModel(const fs::path& path) {
  return Description(path).all();
}

}  // namespace orrery::engine
