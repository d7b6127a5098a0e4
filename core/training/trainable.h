#pragma once

#include <memory>
#include <string>

#include "core/checkpoint/weight_source.h"
#include "core/models/model.h"
#include "core/nn/parameters.h"
#include "core/training/series_source.h"

namespace orrery::training {

/// A model with its parameters, which training changes in place.
struct Trainable {
  OrderedJson config;  ///< as config.json; with architectures
  std::shared_ptr<nn::Parameters> parameters;
  std::unique_ptr<models::Model> model;

  /// Overwrites parameters and buffers with those of `source`, which must have them all.
  void restore(const checkpoint::WeightSource& source) const;
  /// Everything that a checkpoint of it holds.
  std::vector<nn::Parameters::Entry> tensors() const;
};

/// The model that the settings name: from its checkpoint, or begun at random from `seed`.
Trainable makeTrainable(const OrderedJson& config, const TrainingSettings& settings);

/// The configuration that the settings name, completed: `architectures`, and what follows from
/// the table where it does not tell it.
OrderedJson readConfig(const TrainingSettings& settings, const SeriesTable& table);

/// Copies `source`'s tensors into `entries`, by name; an Error names what is missing or of another
/// shape or type.
void copyInto(const std::vector<nn::Parameters::Entry>& entries,
              const checkpoint::WeightSource& source);

}  // namespace orrery::training
