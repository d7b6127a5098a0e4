#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/job.h"
#include "core/base/json.h"
#include "core/base/pause.h"
#include "core/generation/session.h"
#include "core/protocol/train.h"
#include "core/protocol/vision.h"

namespace orrery {

/// How a model is loaded, as the options that every loading command understands.
struct LoadOptions {
  std::string model;      ///< a checkpoint folder or a .gguf file
  std::string className;  ///< empty: the checkpoint's own
  std::string dtype = "auto";
  std::string device = "cpu";
  std::string quantization = "none";  ///< how weights are packed while loading
  int threads = 0;                    ///< 0: one per core
  ProgressCallback progress = {};     ///< told of bytes while the weights are taken in
  CancelToken cancel = {};            ///< ends loading with an Error of kind kCancelled

  /// An Error if this build has no such device or way to pack; reads nothing.
  void requireSupported() const {
    if (device != "cpu")
      throw Error(ErrorKind::kUnsupported, "expected \"cpu\", found {}", quoted(device))
          .in("device");
    if (quantization != "none")
      throw Error(ErrorKind::kUnsupported,
                  "weights are used as stored: expected \"none\", found {}", quoted(quantization))
          .in("quantization");
  }
};

/// What `preprocess` reads and writes.
struct PreprocessOptions {
  std::string model;                 ///< a folder with processor files
  std::vector<std::string> inputs;   ///< image files, or sound files for a feature extractor
  std::vector<std::string> trimaps;  ///< image files, for VitMatte
  std::vector<std::string> texts;    ///< what goes with the pictures; none: pictures alone
  std::string outputs;               ///< safetensors file
  OrderedJson settings;  ///< an object, see core/processors; an unknown name is an Error
};

/// A prompt with pictures, taken in.
struct PicturePrompt {
  std::vector<generation::TokenId> ids;                    ///< with the tokens of the pictures
  std::unique_ptr<generation::SessionFactory> sessions{};  ///< for it; null: no pictures
};

/// A model that generates, in memory.
class LoadedModel {
 public:
  virtual ~LoadedModel() = default;
  virtual generation::SessionFactory& sessions() = 0;
  /// Whether prompts may have pictures.
  virtual bool takesPictures() const = 0;
  /// Takes in a prompt that the chat template wrote, and the files of its pictures. An Error if the
  /// model takes none, a file cannot be read, or the prompt has not as many places.
  virtual PicturePrompt withPictures(const std::string& text,
                                     const std::vector<std::filesystem::path>& files) const = 0;
  virtual const Json& config() const = 0;
  /// Bytes of weights that one decoded token reads: all but an embedding table of its own.
  virtual std::uint64_t bytesPerToken() const = 0;
  /// As generation_config.json; null if the checkpoint has none.
  virtual const Json& generationConfig() const = 0;
};

/// What became of one of many inputs.
struct Outcome {
  OrderedJson result;  ///< null where there is an error
  std::string error;   ///< one line; empty if all went well
};
using OutcomeCallback = std::function<void(std::size_t index, const Outcome& outcome)>;

/// Told of what a task has found so far.
using PartialCallback = std::function<void(const OrderedJson&)>;

/// A task with its model in memory (core/pipelines), as commands and messages use it.
class LoadedPipeline {
 public:
  virtual ~LoadedPipeline() = default;
  /// The result for one input, both in the JSON forms of transformers' pipelines. `options` is an
  /// object of names and values. If `arrays` is given, what is large goes there as a safetensors
  /// file, which stays empty if nothing is; the result names the arrays. `partial`, where given, is
  /// told of what is found before the end (PROTOCOL.md: pipeline/partial). May be called from
  /// several threads.
  virtual OrderedJson run(const OrderedJson& input, const OrderedJson& options,
                          const JobContext& context, std::string* arrays = nullptr,
                          const PartialCallback& partial = {}) const = 0;
  /// Many inputs, several at a time. `done` is told of each in their order, on this thread; one
  /// that fails stops no other. Few outcomes are kept at a time, however many inputs there are.
  virtual void runMany(const std::vector<OrderedJson>& inputs, const OrderedJson& options,
                       const OutcomeCallback& done) const = 0;
};

/// A model that cuts out what somebody points at (SAM). Keeps what it saw of the last picture, so
/// that only the first question about one takes long. Not thread-safe.
class LoadedSegmenter {
 public:
  virtual ~LoadedSegmenter() = default;
  /// `logits` becomes a safetensors file with what the result's `arrays` names, which is left
  /// empty.
  virtual protocol::SegmentResult segment(const protocol::SegmentParams& params,
                                          const JobContext& context, std::string& logits) = 0;
};

/// What computes with LibTorch. It lives in a library of its own (orrery_runtime) that is loaded on
/// first use, so that commands which do not compute start at once.
class Runtime {
 public:
  virtual ~Runtime() = default;
  virtual std::unique_ptr<LoadedModel> load(const LoadOptions& options) = 0;
  /// One forward pass from a safetensors file of inputs to one of outputs.
  virtual void forward(const LoadOptions& options, const std::filesystem::path& inputs,
                       const std::filesystem::path& outputs) = 0;
  /// Image files, with texts or without, or sound files to the tensors of a model's processor.
  virtual void preprocess(const PreprocessOptions& options) = 0;
  virtual std::vector<std::string> modelTypes() const = 0;
  /// Trains as `settings` say (core/training/settings.h; `name` is where they come from, for
  /// messages) and returns the figures of the end. `onMetrics` is told of each metrics line, on
  /// this thread. While `pause` is set it rests.
  virtual OrderedJson train(const OrderedJson& settings, const std::string& name,
                            const JobContext& context, const PauseToken& pause,
                            const std::function<void(const OrderedJson&)>& onMetrics) = 0;
  /// What that will take. Of the memory, the engine's own and the sum are not told.
  virtual protocol::MeasureTrainingResult measureTraining(const OrderedJson& settings,
                                                          const std::string& name,
                                                          const JobContext& context) = 0;
  /// Loads `options.model` for a task. `options.className` is left to the task.
  virtual std::unique_ptr<LoadedPipeline> pipeline(const std::string& task,
                                                   const LoadOptions& options) = 0;
  virtual std::unique_ptr<LoadedSegmenter> segmenter(const LoadOptions& options) = 0;
  /// A task of this build: an object with name, aliases, description, and options, each of which
  /// has name, type, description and default. An Error lists the tasks if there is none of that
  /// name.
  virtual OrderedJson task(const std::string& name) const = 0;
  virtual OrderedJson tasks() const = 0;
};

/// The runtime, loaded on the first call; an Error says what is missing if it cannot be.
Runtime& runtime();

}  // namespace orrery
