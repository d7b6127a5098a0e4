#include "app/cli/runtime.h"

#include <ATen/Parallel.h>

#include "app/runtime/forward.h"
#include "core/models/auto_model.h"

namespace orrery {
namespace {

checkpoint::Checkpoint open(const LoadOptions& options) {
  if (options.threads > 0) at::set_num_threads(options.threads);
  return checkpoint::openCheckpoint(options.model);
}

class LoadedCausalModel : public LoadedModel {
 public:
  explicit LoadedCausalModel(const LoadOptions& options)
      : checkpoint_(open(options)),
        model_(models::loadModel(checkpoint_, options.className,
                                 nn::precisionFromName(options.dtype))),
        sessions_(model_->sessionFactory()) {
    if (!sessions_)
      throw Error(ErrorKind::kInvalidInput, "the model does not generate text").in(options.model);
  }
  generation::SessionFactory& sessions() override { return *sessions_; }
  const Json& config() const override { return checkpoint_.config; }
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
    const auto checkpoint = open(options);
    const auto model =
        models::loadModel(checkpoint, options.className, nn::precisionFromName(options.dtype));
    forwardFiles(*model, inputs, outputs);
  }
  std::vector<std::string> modelTypes() const override { return models::supportedModelTypes(); }
};

}  // namespace
}  // namespace orrery

extern "C" orrery::Runtime* orreryMakeRuntime() {
  return new orrery::TorchRuntime;
}
