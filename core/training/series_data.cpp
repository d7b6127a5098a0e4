#include "core/training/series_data.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>

#include "core/base/error.h"
#include "core/media/table/calendar.h"
#include "core/media/table/static_features.h"

namespace orrery::training {
namespace {

/// Rows from `first` to before `last`.
struct Range {
  std::int64_t first = 0, last = 0;
};

/// By the models' names: [1, width] for all series, or a row each.
using StaticFeatures = std::map<std::string, at::Tensor>;

/// What all parts of one table share.
struct Series {
  at::Tensor values;    ///< [rows, columns]
  at::Tensor features;  ///< [rows, time features and covariates]
  StaticFeatures fixed;
  SeriesForm form;
  std::int64_t season;
};

class SeriesWindows : public DataSet {
 public:
  SeriesWindows(std::shared_ptr<const Series> series, const Range& range)
      : series_(std::move(series)), range_(range) {}

  std::int64_t size() const override { return windows() * columnsApart(); }

  models::TensorMap batch(std::span<const std::int64_t> examples) const override {
    const SeriesForm& form = series_->form;
    std::vector<at::Tensor> past, future, pastTimes, futureTimes;
    for (const std::int64_t example : examples) {
      const std::int64_t start = range_.first + example % windows();
      const at::Tensor values =
          form.together ? series_->values : series_->values.select(1, example / windows());
      past.push_back(values.narrow(0, start, form.past));
      future.push_back(values.narrow(0, start + form.past, form.horizon));
      if (!form.takesFeatures) continue;
      pastTimes.push_back(series_->features.narrow(0, start, form.past));
      futureTimes.push_back(series_->features.narrow(0, start + form.past, form.horizon));
    }
    models::TensorMap inputs{{"past_values", at::stack(past)},
                             {"future_values", at::stack(future)}};
    if (!form.takesFeatures) return inputs;
    addStatic(examples, inputs);
    inputs["past_time_features"] = at::stack(pastTimes);
    inputs["future_time_features"] = at::stack(futureTimes);
    inputs["past_observed_mask"] = at::ones_like(inputs["past_values"]);
    return inputs;
  }

  void measure(const models::TensorMap& inputs, const models::TensorMap& outputs,
               Totals& totals) const override {
    const auto found = outputs.find("prediction_outputs");
    if (found != outputs.end()) add(found->second, inputs.at("future_values"), totals);
  }

  std::map<std::string, double> figures(const Totals& totals) const override {
    const auto count = totals.find("count");
    if (count == totals.end()) return {};
    return {{"mse", totals.at("squares") / count->second},
            {"mae", totals.at("distances") / count->second}};
  }

  std::map<std::string, double> baseline() const override {
    Totals totals;
    const SeriesForm& form = series_->form;
    const std::int64_t season = std::min(series_->season, form.past);
    const at::Tensor step = at::remainder(at::arange(form.horizon, at::kLong), season);
    constexpr std::int64_t kBatch = 256;
    for (std::int64_t first = 0; first < size(); first += kBatch) {
      std::vector<std::int64_t> examples(
          static_cast<std::size_t>(std::min(kBatch, size() - first)));
      std::iota(examples.begin(), examples.end(), first);
      const auto inputs = batch(examples);
      const at::Tensor last = inputs.at("past_values").narrow(1, form.past - season, season);
      add(last.index_select(1, step), inputs.at("future_values"), totals);
    }
    std::map<std::string, double> result;
    for (const auto& [name, value] : figures(totals)) result["naive_" + name] = value;
    return result;
  }

 private:
  void addStatic(std::span<const std::int64_t> examples, models::TensorMap& inputs) const {
    std::vector<std::int64_t> columns;
    for (const std::int64_t example : examples) columns.push_back(example / windows());
    const at::Tensor rows = at::tensor(columns);
    for (const auto& [name, features] : series_->fixed)
      inputs[name] = features.size(0) == 1
                         ? features.expand({static_cast<std::int64_t>(examples.size()), -1})
                         : features.index_select(0, rows);
  }

  static void add(const at::Tensor& forecast, const at::Tensor& truth, Totals& totals) {
    const at::Tensor error = (forecast - truth).to(at::kDouble);
    totals["squares"] += error.square().sum().item<double>();
    totals["distances"] += error.abs().sum().item<double>();
    totals["count"] += static_cast<double>(error.numel());
  }

  std::int64_t windows() const {
    const std::int64_t length = series_->form.past + series_->form.horizon;
    return std::max<std::int64_t>(0, range_.last - range_.first - length + 1);
  }
  std::int64_t columnsApart() const { return series_->form.together ? 1 : series_->values.size(1); }

  std::shared_ptr<const Series> series_;
  Range range_;
};

/// Ends of the three parts, as rows from the start.
std::array<std::int64_t, 3> endsOf(const OrderedJson& split, std::int64_t rows) {
  constexpr std::int64_t kMonth = 30 * 24;  // of hours, as the ETT benchmark counts them
  std::array<std::int64_t, 3> ends{12 * kMonth, 16 * kMonth, 20 * kMonth};
  if (split != "ett") {
    if (!split.is_array() || split.size() != 3)
      throw Error(ErrorKind::kInvalidInput,
                  "expected \"ett\" or three numbers: shares or rows for training, evaluation and "
                  "test");
    double all = 0, sum = 0;
    for (const auto& part : split) {
      if (!part.is_number() || part.get<double>() < 0)
        throw Error(ErrorKind::kInvalidInput, "expected three numbers of 0 and more");
      all += part.get<double>();
    }
    const double unit = all > 1 + 1e-9 ? 1 : static_cast<double>(rows);
    for (std::size_t i = 0; i < 3; ++i) {
      sum += split[i].get<double>();
      // The last of shares takes what rounding leaves.
      ends[i] = std::llround(sum * unit);
    }
  }
  if (ends[2] > rows)
    throw Error(ErrorKind::kInvalidInput, "the parts take {} rows, and the table has {}", ends[2],
                rows);
  return ends;
}

/// [rows, columns] from `first` to before `last`.
at::Tensor columnsOf(const SeriesTable& table, std::int64_t first, std::int64_t last) {
  std::vector<at::Tensor> columns;
  for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i)
    columns.push_back(at::tensor(at::ArrayRef<float>(table.columns[i]), at::kFloat));
  return at::stack(columns, 1);
}

/// By mean and deviation of the first `rows`; a column that does not change is only moved.
at::Tensor standardized(const at::Tensor& values, std::int64_t rows) {
  const at::Tensor seen = values.narrow(0, 0, rows).to(at::kDouble);
  const at::Tensor mean = seen.mean(0);
  at::Tensor deviation = (seen - mean).square().mean(0).sqrt();
  deviation = at::where(deviation > 0, deviation, at::ones_like(deviation));
  return ((values.to(at::kDouble) - mean) / deviation).to(at::kFloat);
}

/// [rows, features] of the times.
at::Tensor featuresOf(const SeriesTable& table, const std::vector<std::string>& names) {
  const auto width = static_cast<std::int64_t>(names.size());
  at::Tensor result = at::empty({table.rows(), width}, at::kFloat);
  float* to = result.data_ptr<float>();
  for (std::int64_t row = 0; row < table.rows(); ++row)
    for (const std::string& name : names) {
      const double time = table.times.empty() ? 0 : table.times[static_cast<std::size_t>(row)];
      *to++ = static_cast<float>(media::table::rowFeature(name, row, time));
    }
  return result;
}

StaticFeatures staticFeaturesOf(const TrainingSettings& settings, std::int64_t series) {
  StaticFeatures result;
  const auto add = [&](const char* name, const OrderedJson& given, at::ScalarType type) {
    const auto rows = media::table::staticFeatures(Json::parse(given.dump()), name, series);
    std::vector<at::Tensor> tensors;
    for (const auto& row : rows) tensors.push_back(at::tensor(at::ArrayRef<float>(row)).to(type));
    if (!tensors.empty()) result[name] = at::stack(tensors);
  };
  add("static_categorical_features", settings.staticCategories, at::kLong);
  add("static_real_features", settings.staticReals, at::kFloat);
  return result;
}

}  // namespace

DataSplits seriesWindows(const SeriesTable& table, const SeriesForm& form,
                         const TrainingSettings& settings) {
  const auto ends = withContext("split", [&] { return endsOf(settings.split, table.rows()); });
  const std::int64_t window = form.past + form.horizon;
  if (ends[0] < window)
    throw Error(ErrorKind::kInvalidInput,
                "{} rows for training, expected at least {}: a context of {} and a forecast of {}",
                ends[0], window, form.past, form.horizon)
        .in(settings.trainFile);
  const auto series = std::make_shared<Series>();
  const std::int64_t values = valueCount(table, settings);
  series->values = columnsOf(table, 0, values);
  if (settings.standardize) series->values = standardized(series->values, ends[0]);
  series->features = featuresOf(table, form.timeFeatures);
  if (form.covariates > 0)
    series->features =
        at::cat({series->features, columnsOf(table, values, values + form.covariates)}, 1);
  series->fixed = staticFeaturesOf(settings, form.together ? 1 : values);
  series->form = form;
  series->season = settings.season;
  // The first forecast of a later part begins where the part before it ends.
  const auto part = [&](const Range& range) {
    return std::make_unique<SeriesWindows>(series, range);
  };
  return {part({0, ends[0]}), part({std::max<std::int64_t>(0, ends[0] - form.past), ends[1]}),
          part({std::max<std::int64_t>(0, ends[1] - form.past), ends[2]})};
}

}  // namespace orrery::training
