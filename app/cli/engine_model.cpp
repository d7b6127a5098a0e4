#include "app/cli/engine_model.h"

#include <chrono>

#include "app/cli/engine_describe.h"
#include "app/cli/hub/model_argument.h"

namespace orrery::engine {
namespace {

namespace fs = std::filesystem;
using generation::GenerationConfig;
using protocol::LoadModelParams;
using protocol::ModelInfo;

GenerationConfig generationConfig(const fs::path& path, const Json& config,
                                  const tokenizers::Tokenizer& tokenizer) {
  GenerationConfig own = fs::is_directory(path)
                             ? GenerationConfig::fromModelFolder(path)
                             : GenerationConfig::fromModelConfig(config, path.string());
  if (const auto eos = tokenizer.eosId(); own.eosTokenId.empty() && eos) own.eosTokenId = {*eos};
  return own;
}

ModelInfo describe(const EngineModel& model, const protocol::ModelEntry& entry) {
  const Json& config = model.loaded->config();
  return {.path = entry.path,
          .name = entry.name,
          .modelType = entry.modelType,
          .architecture = entry.architecture,
          .dtype = entry.dtype,
          .device = "cpu",
          .parameters = entry.parameters,
          .vocabSize = entry.vocabSize,
          .contextLength = entry.contextLength,
          .layers = entry.layers,
          .hasChatTemplate = model.text->hasTemplate(),
          .takesPictures = model.loaded->takesPictures(),
          .isEncoderDecoder = JsonField(config, "config.json").get("is_encoder_decoder", false),
          .generationConfig = model.config.toJson()};
}

}  // namespace

std::shared_ptr<EngineModel> EngineModel::load(const LoadModelParams& params,
                                               const ProgressCallback& progress,
                                               const CancelToken& cancel) {
  const std::string path = cli::cachedModelPath(params.path);
  const LoadOptions options{.model = path,
                            .className = {},
                            .dtype = params.dtype,
                            .device = params.device,
                            .quantization = params.quantization.value_or("none"),
                            .threads = params.threads,
                            .progress = progress,
                            .cancel = cancel};
  withContext("model/load", [&] { options.requireSupported(); });
  const auto start = std::chrono::steady_clock::now();
  const protocol::ModelEntry entry = describeModel(path, 0);
  auto model = std::make_shared<EngineModel>();
  model->text = TextTools::load(path);
  model->loaded = runtime().load(options);
  model->config = generationConfig(path, model->loaded->config(), *model->text->tokenizer());
  model->info = describe(*model, entry);
  model->info.loadSeconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return model;
}

ModelInfo ModelStore::load(const LoadModelParams& params, const ProgressCallback& progress,
                           const CancelToken& cancel) {
  {
    std::lock_guard lock(mutex_);
    model_.reset();  // first, so that two models are not in memory at once
  }
  auto loaded = EngineModel::load(params, progress, cancel);
  std::lock_guard lock(mutex_);
  model_ = std::move(loaded);
  return model_->info;
}

std::shared_ptr<EngineModel> ModelStore::model() const {
  std::lock_guard lock(mutex_);
  if (!model_)
    throw Error(ErrorKind::kNotFound, std::string("no model is loaded: model/load first"));
  return model_;
}

std::shared_ptr<const TextTools> ModelStore::text(const std::optional<std::string>& path) const {
  if (!path) return model()->text;
  {
    std::lock_guard lock(mutex_);
    if (text_ && textPath_ == *path) return text_;
  }
  auto loaded = TextTools::load(*path);
  std::lock_guard lock(mutex_);
  textPath_ = *path;
  return text_ = std::move(loaded);
}

}  // namespace orrery::engine
