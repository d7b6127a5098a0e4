#pragma once

#include "core/pipelines/forecast_model.h"
#include "core/pipelines/series_input.h"

namespace orrery::pipelines {

/// How series are brought to one size before the model sees them.
enum class SeriesScaling { kNone, kStandard };
template <>
inline constexpr std::array<std::string_view, 2> kWords<SeriesScaling>{"none", "standard"};
template <>
inline constexpr std::array<std::string_view, 4> kWords<Gaps>{"refuse", "interpolate", "zero",
                                                              "mask"};

/// Options of time-series-forecasting.
struct ForecastOptions {
  std::vector<std::string> columns, covariates, timeFeatures;
  OrderedJson table = OrderedJson::object(), origin, staticCategories, staticReals;
  OrderedJson quantiles{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};
  std::optional<int> horizon, samples;
  bool trajectories = false, scaledScores = false;
  int seed = 0, scalingRows = 0, backtest = 0, stride = 0, season = 0;
  Gaps gaps = Gaps::kRefuse;
  SeriesScaling scaling = SeriesScaling::kNone;

  static void fields(auto& f, auto& self) {
    f("columns", self.columns, "columns to forecast; all of numbers if none is named");
    f("covariates", self.covariates, "columns known ahead, for models trained with them");
    f("table", self.table, "how a file is read: delimiter, decimal, time_columns, …");
    f("origin", self.origin, "what is forecast first, a row (from 0) or a time; else the end");
    f("horizon", self.horizon, "steps to return; else all that the model forecasts", 1);
    f("quantiles", self.quantiles, "levels of the quantiles, between 0 and 1");
    f("num_samples", self.samples, "futures to draw; else as the configuration says", 1);
    f("trajectories", self.trajectories, "return the drawn futures too");
    f("seed", self.seed, "of the draws");
    f("gaps", self.gaps, "what to do with missing values; mask: tell the model");
    f("scaling", self.scaling, "standard: less their mean, by their deviation");
    f("scaling_rows", self.scalingRows, "rows from the first that tell these; 0: up to the origin");
    f("time_features", self.timeFeatures, "hour_of_day, …, age; else GluonTS's for the step");
    f("static_categorical_features", self.staticCategories,
      "numbers for all series, or a list for each");
    f("static_real_features", self.staticReals, "numbers for all series, or a list for each");
    f("backtest", self.backtest, "origins before the end to forecast from, and score");
    f("stride", self.stride, "steps between these; 0: the horizon");
    f("season", self.season, "steps that seasonal-naive looks back; 0: by the step");
    f("scaled_scores", self.scaledScores, "score values as scaled, as papers do");
  }
};

/// The series of one input as windows before and after an origin, in the form that a model takes.
class ForecastWindows {
 public:
  /// Reads the input by `reader`. Errors name what the model needs and the input lacks.
  ForecastWindows(const Input& input, const ForecastOptions& options, const ForecastModel& model,
                  SeriesReader& reader, const JobContext& context);

  std::int64_t series() const { return targets_; }
  const std::string& name(std::int64_t series) const {
    return table_->names[static_cast<std::size_t>(series)];
  }
  /// The origin that was asked for, as a row.
  std::int64_t origin() const { return origin_; }
  /// Rows with values of a series.
  std::int64_t rows() const { return rows_; }
  std::int64_t horizon() const { return horizon_; }
  double step() const { return table_->step; }
  /// Times of the steps from `origin` on; empty if the input has none.
  std::vector<double> times(std::int64_t origin) const;
  /// The value as it came, NaN where it is missing or beyond the end.
  double truth(std::int64_t series, std::int64_t row) const;

  /// The least origin that has past enough.
  std::int64_t firstOrigin() const { return model_.leastPast(); }
  /// Inputs of the model for these origins: series by series for each.
  models::TensorMap inputs(const std::vector<std::int64_t>& origins) const;
  /// A value of the model's as one of the series', and the other way.
  double unscaled(std::int64_t series, double value) const;
  double scaled(std::int64_t series, double value) const;

 private:
  void findOrigin(const ForecastOptions& options);
  void findTimeFeatures(const ForecastOptions& options);
  void findScale(const ForecastOptions& options);
  void readStatic(const ForecastOptions& options);
  void requireSeries() const;
  at::Tensor values(std::int64_t origin, std::int64_t past, bool observed) const;
  at::Tensor features(std::int64_t origin, std::int64_t first, std::int64_t count) const;
  double timeOf(std::int64_t row) const;

  const ForecastModel& model_;
  Gaps gaps_;
  std::shared_ptr<const SeriesTable> table_;  ///< targets, then covariates
  std::int64_t targets_ = 0, rows_ = 0, origin_ = 0, horizon_ = 1;
  std::vector<std::string> timeFeatures_;
  std::vector<std::pair<double, double>> scale_;  ///< mean and deviation of each target
  at::Tensor staticCategories_, staticReals_;     ///< [count] each
};

}  // namespace orrery::pipelines
