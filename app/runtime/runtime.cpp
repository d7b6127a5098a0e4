#include "app/cli/runtime.h"

#include <ATen/Parallel.h>

#include <mutex>

#include "app/runtime/forward.h"
#include "app/runtime/many_runs.h"
#include "app/runtime/preprocess.h"
#include "app/runtime/segmenter.h"
#include "app/runtime/train.h"
#include "app/runtime/watched_source.h"
#include "core/base/thread_pool.h"
#include "core/models/auto_model.h"
#include "core/models/model_config.h"
#include "core/pipelines/picture_writer.h"
#include "core/pipelines/pipeline.h"
#include "core/processors/joint_processor.h"

namespace orrery {
namespace {

checkpoint::Checkpoint open(const LoadOptions& options) {
  options.requireSupported();
  if (options.threads > 0) {
    at::set_num_threads(options.threads);
    ThreadPool::shared().setThreads(options.threads);
  }
  return checkpoint::openCheckpoint(options.model);
}

/// `checkpoint` whose weights tell of being taken. The watch ends with loading: what is read of
/// them later tells nobody.
checkpoint::Checkpoint watchedCheckpoint(checkpoint::Checkpoint checkpoint,
                                         const LoadOptions& options) {
  checkpoint.weights = watched(checkpoint.weights, options.progress, options.cancel);
  return checkpoint;
}

std::unique_ptr<models::Model> build(const checkpoint::Checkpoint& opened,
                                     const LoadOptions& options) {
  const auto checkpoint = watchedCheckpoint(opened, options);
  return models::loadModel(checkpoint, options.className,
                           kernels::precisionFromName(options.dtype));
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
  bool takesPictures() const override {
    const JsonField config(checkpoint_.config, "config.json");
    return config.has("vision_config") &&
           processors::JointProcessor::isKnownFor(models::modelTypeOf(config));
  }
  PicturePrompt withPictures(const std::string& text,
                             const std::vector<std::filesystem::path>& files) const override {
    if (!takesPictures())
      throw Error(ErrorKind::kUnsupported, "this model takes no pictures").in("messages");
    std::call_once(processorLoaded_, [&] {
      processor_ = processors::JointProcessor::load(checkpoint_.folderOrFile);
    });
    const auto features = processor_->processChat(text, pipelines::readPictures(files));
    PicturePrompt prompt{.ids = features.ids()};
    if (!files.empty()) prompt.sessions = model_->sessionFactoryFor(features.pictures.tensors);
    return prompt;
  }
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
  mutable std::once_flag processorLoaded_;  // by the first prompt that may have pictures
  mutable std::unique_ptr<const processors::JointProcessor> processor_;
};

class RunnablePipeline : public LoadedPipeline {
 public:
  explicit RunnablePipeline(std::unique_ptr<pipelines::Pipeline> pipeline)
      : pipeline_(std::move(pipeline)) {}
  OrderedJson run(const OrderedJson& input, const OrderedJson& options, const JobContext& context,
                  std::string* arrays, const PartialCallback& partial) const override {
    const auto result =
        pipeline_->runStreamed(pipelines::Input::fromJson(input), options, context, partial);
    checkpoint::NamedTensors apart;
    OrderedJson document = toJson(result, arrays ? &apart : nullptr);
    if (!apart.empty()) *arrays = checkpoint::serializeSafetensors(apart);
    return document;
  }
  void runMany(const std::vector<OrderedJson>& inputs, const OrderedJson& options,
               const OutcomeCallback& done) const override {
    ManyRuns(*this, inputs, options).run(done);
  }

 private:
  std::unique_ptr<pipelines::Pipeline> pipeline_;
};

OrderedJson describe(const pipelines::TaskSummary& task) {
  OrderedJson options = OrderedJson::array();
  for (const pipelines::OptionInfo& option : task.options)
    options.push_back({{"name", option.name},
                       {"type", option.type},
                       {"description", option.description},
                       {"default", option.defaultValue}});
  return {{"name", task.name},
          {"aliases", task.aliases},
          {"description", task.description},
          {"takes_sounds", task.takesSounds},
          {"options", std::move(options)}};
}

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
  void preprocess(const PreprocessOptions& options) override { preprocessFiles(options); }
  std::vector<std::string> modelTypes() const override { return models::supportedModelTypes(); }
  OrderedJson train(const OrderedJson& settings, const std::string& name, const JobContext& context,
                    const PauseToken& pause,
                    const std::function<void(const OrderedJson&)>& onMetrics) override {
    return trainWith(training::TrainingSettings::read(settings, name), context, pause, onMetrics);
  }
  protocol::MeasureTrainingResult measureTraining(const OrderedJson& settings,
                                                  const std::string& name,
                                                  const JobContext& context) override {
    return measureTrainingOf(training::TrainingSettings::read(settings, name), context);
  }
  std::unique_ptr<LoadedPipeline> pipeline(const std::string& task,
                                           const LoadOptions& options) override {
    pipelines::findTask(task);  // before the checkpoint is looked at
    return std::make_unique<RunnablePipeline>(
        pipelines::makePipeline(task, watchedCheckpoint(open(options), options), options.dtype));
  }
  std::unique_ptr<LoadedSegmenter> segmenter(const LoadOptions& options) override {
    return makeSegmenter(watchedCheckpoint(open(options), options), options.dtype);
  }
  OrderedJson task(const std::string& name) const override {
    return describe(pipelines::findTask(name));
  }
  OrderedJson tasks() const override {
    OrderedJson list = OrderedJson::array();
    for (const pipelines::TaskSummary& task : pipelines::tasks()) list.push_back(describe(task));
    return list;
  }
};

}  // namespace
}  // namespace orrery

extern "C" orrery::Runtime* orreryMakeRuntime() {
  return new orrery::TorchRuntime;
}
