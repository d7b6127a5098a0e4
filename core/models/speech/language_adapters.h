#pragma once

#include "core/checkpoint/weight_source.h"
#include "core/models/model.h"

namespace orrery::models::speech {

/// A model that hears, to which each language adds small nets and a head of its own: MMS (Pratap et
/// al. 2023). What wav2vec2's models are beside Model.
class LanguageAdapters {
 public:
  virtual ~LanguageAdapters() = default;

  /// The model with a CTC head for another language. It shares every weight but those of `adapter`,
  /// which has them by the checkpoint's names. An Error names a tensor that is missing or belongs
  /// to nothing.
  virtual std::unique_ptr<Model> withAdapter(
      std::shared_ptr<const checkpoint::WeightSource> adapter) const = 0;
};

}  // namespace orrery::models::speech
