#include "core/pipelines/forecast_windows.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/media/table/calendar.h"
#include "core/media/table/static_features.h"
#include "core/media/table/times.h"

namespace orrery::pipelines {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Static features as a tensor [1 or series, width]; undefined if there are none.
at::Tensor tensorOf(const std::vector<std::vector<float>>& rows) {
  std::vector<at::Tensor> tensors;
  for (const auto& row : rows) tensors.push_back(at::tensor(at::ArrayRef<float>(row)));
  return rows.empty() ? at::Tensor() : at::stack(tensors);
}

/// Of every series at each of the origins: [batch, width].
at::Tensor repeated(const at::Tensor& features, std::int64_t batch) {
  return features.repeat({batch / features.size(0), 1});
}

}  // namespace

ForecastWindows::ForecastWindows(const Input& input, const ForecastOptions& options,
                                 const ForecastModel& model, SeriesReader& reader,
                                 const JobContext& context)
    : model_(model), gaps_(options.gaps) {
  std::vector<std::string> wanted = options.columns;
  if (wanted.empty() && !options.covariates.empty())
    throw Error(ErrorKind::kInvalidInput,
                "options.columns: name the columns to forecast, beside covariates");
  wanted.insert(wanted.end(), options.covariates.begin(), options.covariates.end());
  table_ = reader.read(input.as<Series>(), wanted, Json(options.table), context);
  targets_ = static_cast<std::int64_t>(table_->names.size() - options.covariates.size());
  horizon_ = options.horizon.value_or(static_cast<int>(model.horizon()));
  if (horizon_ > model.horizon())
    throw Error(ErrorKind::kInvalidInput, "options.horizon: the model forecasts {} steps, not {}",
                model.horizon(), horizon_);
  if (gaps_ == Gaps::kMask && !model.takesGaps())
    throw Error(ErrorKind::kInvalidInput,
                "options.gaps: this model cannot be told what is missing; expected refuse, "
                "interpolate or zero");
  requireSeries();
  readStatic(options);
  if (model_.covariates() != static_cast<std::int64_t>(options.covariates.size()))
    throw Error(ErrorKind::kInvalidInput,
                "options.covariates: the model was trained with {}, found {}", model_.covariates(),
                options.covariates.size());
  findOrigin(options);
  findTimeFeatures(options);
  findScale(options);
}

void ForecastWindows::readStatic(const ForecastOptions& options) {
  const std::int64_t each = model_.variates() > 0 ? 1 : targets_;
  staticCategories_ = tensorOf(media::table::staticCategories(
      Json(options.staticCategories), "options.static_categorical_features", each));
  staticReals_ = tensorOf(media::table::staticFeatures(Json(options.staticReals),
                                                       "options.static_real_features", each));
  const auto require = [](const char* name, const at::Tensor& found, std::int64_t wanted) {
    const std::int64_t width = found.defined() ? found.size(1) : 0;
    if (width != wanted)
      throw Error(ErrorKind::kInvalidInput, "options.{}: the model was trained with {}, found {}",
                  name, wanted, width);
  };
  require("static_categorical_features", staticCategories_, model_.staticCategories());
  require("static_real_features", staticReals_, model_.staticReals());
}

void ForecastWindows::requireSeries() const {
  if (model_.variates() > 0 && targets_ != model_.variates())
    throw Error(ErrorKind::kInvalidInput,
                "options.columns: the model forecasts {} series together, found {}: {}",
                model_.variates(), targets_,
                fmt::join(table_->names.begin(),
                          table_->names.begin() + std::min<std::int64_t>(targets_, 20), ", "));
}

void ForecastWindows::findOrigin(const ForecastOptions& options) {
  rows_ = 0;
  for (std::int64_t series = 0; series < targets_; ++series)
    for (std::int64_t row = table_->rows(); row > rows_; --row)
      if (std::isfinite(truth(series, row - 1))) rows_ = row;
  origin_ = rows_;
  if (options.origin.is_string()) {
    const auto text = options.origin.get<std::string>();
    const auto time = media::table::parseTime(text, media::table::TimeForm::kYearMonthDay);
    if (!time || table_->times.empty())
      throw Error(ErrorKind::kInvalidInput, "options.origin: {}",
                  time
                      ? "the input has no times; expected a row"
                      : "expected a row or a time such as 2016-07-01 13:00, found " + quoted(text));
    origin_ =
        std::lower_bound(table_->times.begin(), table_->times.end(), *time) - table_->times.begin();
  } else if (!options.origin.is_null()) {
    const Json plain(options.origin);
    origin_ = JsonField(plain, "options.origin").as<std::int64_t>();
  }
  if (origin_ > rows_)
    throw Error(ErrorKind::kInvalidInput, "options.origin: {} lies behind the {} rows of values",
                origin_, rows_);
  if (origin_ < model_.leastPast())
    throw Error(ErrorKind::kInvalidInput,
                "the model looks at {} steps before what it forecasts, there {} {}",
                model_.leastPast(), origin_ == 1 ? "is" : "are", origin_);
}

void ForecastWindows::findTimeFeatures(const ForecastOptions& options) {
  timeFeatures_ =
      media::table::chosenTimeFeatures(options.timeFeatures, model_.timeFeatures(), table_->step,
                                       !table_->times.empty(), "options.time_features");
}

void ForecastWindows::findScale(const ForecastOptions& options) {
  scale_.assign(static_cast<std::size_t>(targets_), {0, 1});
  if (options.scaling == SeriesScaling::kNone) return;
  const std::int64_t last =
      options.scalingRows > 0 ? std::min<std::int64_t>(options.scalingRows, rows_) : origin_;
  for (std::int64_t series = 0; series < targets_; ++series) {
    double sum = 0, squares = 0, count = 0;
    for (std::int64_t row = 0; row < last; ++row)
      if (const double value = truth(series, row); std::isfinite(value)) sum += value, ++count;
    const double mean = sum / std::max(count, 1.0);
    for (std::int64_t row = 0; row < last; ++row)
      if (const double value = truth(series, row); std::isfinite(value))
        squares += (value - mean) * (value - mean);
    const double deviation = std::sqrt(squares / std::max(count, 1.0));
    // A constant column has no deviation: it is only shifted.
    scale_[static_cast<std::size_t>(series)] = {mean, deviation > 0 ? deviation : 1};
  }
}

double ForecastWindows::truth(std::int64_t series, std::int64_t row) const {
  return row < table_->rows()
             ? table_->columns[static_cast<std::size_t>(series)][static_cast<std::size_t>(row)]
             : kNone;
}

double ForecastWindows::scaled(std::int64_t series, double value) const {
  const auto& [mean, deviation] = scale_[static_cast<std::size_t>(series)];
  return (value - mean) / deviation;
}

double ForecastWindows::unscaled(std::int64_t series, double value) const {
  const auto& [mean, deviation] = scale_[static_cast<std::size_t>(series)];
  return value * deviation + mean;
}

double ForecastWindows::timeOf(std::int64_t row) const {
  const std::int64_t known = table_->rows();
  if (row < known) return table_->times[static_cast<std::size_t>(row)];
  return media::table::stepped(table_->times.back(), row - known + 1, table_->step);
}

std::vector<double> ForecastWindows::times(std::int64_t origin) const {
  std::vector<double> result;
  for (std::int64_t i = 0; i < horizon_ && !table_->times.empty(); ++i)
    result.push_back(timeOf(origin + i));
  return result;
}

/// [targets, past]: scaled values before `origin`, or 1 where they are there.
at::Tensor ForecastWindows::values(std::int64_t origin, std::int64_t past, bool observed) const {
  at::Tensor result = at::empty({targets_, past}, at::kFloat);
  for (std::int64_t series = 0; series < targets_; ++series) {
    float* row = result.data_ptr<float>() + series * past;
    for (std::int64_t i = 0; i < past; ++i) {
      const double value = truth(series, origin - past + i);
      if (observed)
        row[i] = gaps_ != Gaps::kMask || std::isfinite(value) ? 1 : 0;
      else
        row[i] = static_cast<float>(scaled(series, value));
    }
    if (!observed)
      media::table::fillGaps({row, static_cast<std::size_t>(past)}, gaps_, name(series),
                             origin - past);
  }
  return result;
}

/// [count, features] of the steps from `first` on.
at::Tensor ForecastWindows::features(std::int64_t origin, std::int64_t first,
                                     std::int64_t count) const {
  const auto calendar = static_cast<std::int64_t>(timeFeatures_.size());
  const std::int64_t width = calendar + model_.covariates();
  at::Tensor result = at::empty({count, width}, at::kFloat);
  float* at = result.data_ptr<float>();
  for (std::int64_t row = first; row < first + count; ++row) {
    for (const std::string& name : timeFeatures_)
      *at++ = static_cast<float>(
          media::table::rowFeature(name, row, table_->times.empty() ? 0 : timeOf(row)));
    for (std::int64_t i = targets_; i < targets_ + model_.covariates(); ++i) {
      const double value = truth(i, row);
      if (!std::isfinite(value))
        throw Error(ErrorKind::kInvalidInput,
                    "column {}: a covariate needs a value in each of the {} rows to forecast, row "
                    "{} has none",
                    quoted(name(i)), first + count - origin, row + 1);
      *at++ = static_cast<float>(value);
    }
  }
  return result;
}

models::TensorMap ForecastWindows::inputs(const std::vector<std::int64_t>& origins) const {
  const std::int64_t past =
      std::min(model_.mostPast(), *std::min_element(origins.begin(), origins.end()));
  const bool together = model_.variates() > 0;
  const std::int64_t each = together ? 1 : targets_;
  std::vector<at::Tensor> values, observed, pastFeatures, futureFeatures;
  for (const std::int64_t origin : origins) {
    const at::Tensor seen = this->values(origin, past, false),
                     mask = this->values(origin, past, true);
    values.push_back(together ? seen.t().unsqueeze(0) : seen);
    observed.push_back(together ? mask.t().unsqueeze(0) : mask);
    if (!model_.takesFeatures()) continue;
    pastFeatures.push_back(
        features(origin, origin - past, past).unsqueeze(0).expand({each, -1, -1}));
    futureFeatures.push_back(
        features(origin, origin, model_.horizon()).unsqueeze(0).expand({each, -1, -1}));
  }
  models::TensorMap result{{"past_values", at::cat(values).contiguous()},
                           {"past_observed_mask", at::cat(observed).contiguous()}};
  const std::int64_t batch = result["past_values"].size(0);
  if (model_.takesFeatures()) {
    result["past_time_features"] = at::cat(pastFeatures);
    result["future_time_features"] = at::cat(futureFeatures);
  }
  if (staticCategories_.defined())
    result["static_categorical_features"] = repeated(staticCategories_, batch).to(at::kLong);
  if (staticReals_.defined()) result["static_real_features"] = repeated(staticReals_, batch);
  return result;
}

}  // namespace orrery::pipelines
