#pragma once

#include <span>

namespace orrery::ui {

/// What a model that is trained begins from.
enum class TrainStart {
  kPatchTst,
  kPatchTsMixer,
  kInformer,
  kTimeSeriesTransformer,
  kAutoformer,
  kConfigFile,
  kCheckpoint
};

/// A new model, and the settings that it is usual with.
struct Beginning {
  TrainStart start;
  const char* type;    ///< its model_type
  const char* name;    ///< as people write it
  const char* sample;  ///< a file of docs; that of another type serves too

  /// Of those that take lags and features; else one of patches.
  bool isTransformer() const {
    return start != TrainStart::kPatchTst && start != TrainStart::kPatchTsMixer;
  }
};

std::span<const Beginning> beginnings();
/// Null for what is no new model.
const Beginning* beginningOf(TrainStart start);

}  // namespace orrery::ui
