#include "app/cli/runtime.h"

#include <ATen/Parallel.h>

#include "app/runtime/forward.h"
#include "app/runtime/watched_source.h"
#include "core/kernels/thread_pool.h"
#include "core/models/auto_model.h"

namespace orrery {
namespace {

checkpoint::Checkpoint open(const LoadOptions& options) {
  if (options.threads > 0) {
    at::set_num_threads(options.threads);
    kernels::ThreadPool::shared().setThreads(options.threads);
  }
  return checkpoint::openCheckpoint(options.model);
}

/// The watch ends with loading: what is read of the weights later tells nobody.
std::unique_ptr<models::Model> build(checkpoint::Checkpoint checkpoint,
                                     const LoadOptions& options) {
  checkpoint.weights = watched(checkpoint.weights, options.progress, options.cancel);
  return models::loadModel(checkpoint, options.className, nn::precisionFromName(options.dtype));
}

class LoadedCausalModel : public LoadedModel {
 public:
  explicit LoadedCausalModel(const LoadOptions& options)
      : checkpoint_(open(options)),
        model_(build(checkpoint_, options)),
        sessions_(model_->sessionFactory()) {
    if (!sessions_)
      throw Error(ErrorKind::kInvalidInput, "the model does not generate text").in(options.model);
  }
  generation::SessionFactory& sessions() override { return *sessions_; }
  const Json& config() const override { return checkpoint_.config; }
  std::uint64_t bytesPerToken() const override {
    const auto& weights = *checkpoint_.weights;
    const bool untied = weights.find("lm_head.weight").has_value();
    std::uint64_t bytes = 0;
    for (const auto& name : weights.names())
      if (!untied || !name.ends_with("embed_tokens.weight"))
        bytes += weights.find(name)->data.size();
    return bytes;
  }
  const Json& generationConfig() const override { return checkpoint_.generationConfig; }

 private:
  checkpoint::Checkpoint checkpoint_;
  std::unique_ptr<models::Model> model_;
  std::unique_ptr<generation::SessionFactory> sessions_;
};

class TorchRuntime : public Runtime {
 public:
  std::unique_ptr<LoadedModel> load(const LoadOptions& options) override {
    return std::make_unique<LoadedCausalModel>(options);
  }
  void forward(const LoadOptions& options, const std::filesystem::path& inputs,
               const std::filesystem::path& outputs) override {
    const auto model = build(open(options), options);
    forwardFiles(*model, inputs, outputs);
  }
  std::vector<std::string> modelTypes() const override { return models::supportedModelTypes(); }
};

}  // namespace
}  // namespace orrery

extern "C" orrery::Runtime* orreryMakeRuntime() {
  return new orrery::TorchRuntime;
}
