#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/engine_turns.h"
#include "app/cli/runtime.h"
#include "app/cli/text_tools.h"
#include "core/base/progress.h"
#include "core/generation/generation_config.h"
#include "core/protocol/generate.h"
#include "core/protocol/model.h"

namespace orrery::engine {

/// A model that the engine holds, and all that requests share of it. Its members may be used by
/// several threads; computing goes through sessions(), which takes turns.
struct EngineModel {
  /// Loads what `params` name. Throws an Error that names the file, or the setting that this engine
  /// does not know.
  static std::shared_ptr<EngineModel> load(const protocol::LoadModelParams& params,
                                           const ProgressCallback& progress,
                                           const CancelToken& cancel);

  TurnTakingSessions sessions(const CancelToken& cancel) {
    return {loaded->sessions(), turns, cancel};
  }

  protocol::ModelInfo info;
  std::shared_ptr<const TextTools> text;
  generation::GenerationConfig config;  ///< the model's own
  std::unique_ptr<LoadedModel> loaded;
  Turns turns;

  /// Scores after the prompt that was explained last: settings change more often than prompts.
  struct LastStep {
    std::vector<int> ids;
    std::vector<float> logits;
    std::vector<float>
        unconditional;  ///< without the prompt; empty until guidance_scale asks for it
  };
  std::mutex lastStepMutex;
  LastStep lastStep;
};

/// The engine's one model, and the tokenizers asked for by path. Thread-safe.
class ModelStore {
 public:
  protocol::ModelInfo load(const protocol::LoadModelParams& params,
                           const ProgressCallback& progress, const CancelToken& cancel);

  /// The loaded model; an Error if there is none.
  std::shared_ptr<EngineModel> model() const;

  /// Tokenizer and template of the checkpoint at `path`, or of the loaded model.
  std::shared_ptr<const TextTools> text(const std::optional<std::string>& path) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<EngineModel> model_;
  mutable std::string textPath_;  ///< of text_, the last one read
  mutable std::shared_ptr<const TextTools> text_;
};

}  // namespace orrery::engine
