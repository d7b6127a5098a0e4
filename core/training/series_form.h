#pragma once

#include "core/training/series_source.h"

namespace orrery::training {

/// What one example of a forecaster looks like.
struct SeriesForm {
  std::int64_t past = 0, horizon = 0;  ///< steps that the model sees, and those it is to tell
  bool together = true;                ///< all columns in one example; else each by itself
  bool takesFeatures = false;          ///< of the times, and which values were observed
  std::vector<std::string> timeFeatures;
};

/// The form that the model of `config` takes of this table. An Error names the field that does not
/// fit the table or cannot be trained yet.
SeriesForm seriesForm(const OrderedJson& config, const SeriesTable& table,
                      const TrainingSettings& settings);

/// The class to train of a model type, where a config names none; an Error for one that does not
/// train.
std::string forecastClass(const JsonField& config);

/// Fills in or checks what a config says of the number of columns.
void fitColumns(OrderedJson& config, const JsonField& field, std::int64_t columns,
                const TrainingSettings& settings);

}  // namespace orrery::training
