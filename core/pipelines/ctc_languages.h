#pragma once

#include <map>
#include <mutex>

#include "core/pipelines/ctc_decoding.h"
#include "core/pipelines/sound_model.h"

namespace orrery::pipelines {

/// What a model with a CTC head hears with: its own weights and letters, or those of a language
/// that was asked for (MMS), which are read when they are first wanted and then kept. May be shared
/// by threads.
class CtcLanguages {
 public:
  struct Language {
    const models::Model* model = nullptr;
    CtcVocabulary vocabulary;
    std::unique_ptr<const models::Model> own{};  ///< with the adapter; null: the checkpoint's
  };

  /// `model` outlives this. An Error tells what is wrong with its vocabulary.
  explicit CtcLanguages(const SoundModel& model);

  /// The language of that name, or the one that the checkpoint is of. An Error for a model without
  /// languages, and one that lists those that there are.
  const Language& find(const std::optional<std::string>& name) const;

 private:
  Language load(const std::string& name) const;

  const SoundModel& model_;
  std::map<std::string, std::filesystem::path> files_;  ///< of adapters, by language
  mutable std::mutex mutex_;
  mutable std::map<std::optional<std::string>, Language> languages_;
};

}  // namespace orrery::pipelines
