#pragma once

#include "core/training/series_source.h"

namespace orrery::training {

/// What one example of a forecaster looks like.
struct SeriesForm {
  std::int64_t past = 0, horizon = 0;  ///< steps that the model sees, and those it is to tell
  bool together = true;                ///< all columns in one example; else each by itself
  bool takesFeatures = false;          ///< of the times, and which values were observed
  std::vector<std::string> timeFeatures;
  std::int64_t covariates = 0;  ///< features of the steps behind these: the table's last columns
};

/// The form that the model of `config` takes of this table. An Error names the field that does not
/// fit the table or cannot be trained yet.
SeriesForm seriesForm(const OrderedJson& config, const SeriesTable& table,
                      const TrainingSettings& settings);

/// The class to train of a model type, where a config names none; an Error for one that does not
/// train.
std::string forecastClass(const JsonField& config);

/// Fills in or checks what a config says of the table: how many columns and features there are, and
/// lags and features of the time that are to be those of its frequency. `field` is the config as it
/// was.
void fitConfig(OrderedJson& config, const JsonField& field, const SeriesTable& table,
               const TrainingSettings& settings);

}  // namespace orrery::training
