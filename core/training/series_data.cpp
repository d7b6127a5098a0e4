#include "core/training/series_data.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/base/error.h"

namespace orrery::training {
namespace {

/// Rows from `first` to before `last`.
struct Range {
  std::int64_t first = 0, last = 0;
};

class SeriesWindows : public DataSet {
 public:
  /// `values` [rows, columns], of which `range` is seen.
  SeriesWindows(at::Tensor values, const Range& range, const WindowSize& size, std::int64_t season)
      : values_(std::move(values)), range_(range), size_(size), season_(season) {}

  std::int64_t size() const override {
    return std::max<std::int64_t>(0,
                                  range_.last - range_.first - size_.context - size_.horizon + 1);
  }

  models::TensorMap batch(std::span<const std::int64_t> examples) const override {
    std::vector<at::Tensor> past, future;
    for (const std::int64_t example : examples) {
      const std::int64_t start = range_.first + example;
      past.push_back(values_.narrow(0, start, size_.context));
      future.push_back(values_.narrow(0, start + size_.context, size_.horizon));
    }
    return {{"past_values", at::stack(past)}, {"future_values", at::stack(future)}};
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
    const std::int64_t season = std::min(season_, size_.context);
    const at::Tensor step = at::remainder(at::arange(size_.horizon, at::kLong), season);
    constexpr std::int64_t kBatch = 256;
    for (std::int64_t first = 0; first < size(); first += kBatch) {
      std::vector<std::int64_t> examples(
          static_cast<std::size_t>(std::min(kBatch, size() - first)));
      std::iota(examples.begin(), examples.end(), first);
      const auto inputs = batch(examples);
      const at::Tensor last = inputs.at("past_values").narrow(1, size_.context - season, season);
      add(last.index_select(1, step), inputs.at("future_values"), totals);
    }
    std::map<std::string, double> result;
    for (const auto& [name, value] : figures(totals)) result["naive_" + name] = value;
    return result;
  }

 private:
  static void add(const at::Tensor& forecast, const at::Tensor& truth, Totals& totals) {
    const at::Tensor error = (forecast - truth).to(at::kDouble);
    totals["squares"] += error.square().sum().item<double>();
    totals["distances"] += error.abs().sum().item<double>();
    totals["count"] += static_cast<double>(error.numel());
  }

  at::Tensor values_;
  Range range_;
  WindowSize size_;
  std::int64_t season_;
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

at::Tensor valuesOf(const SeriesTable& table) {
  std::vector<at::Tensor> columns;
  for (const auto& column : table.columns)
    columns.push_back(at::tensor(at::ArrayRef<float>(column), at::kFloat));
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

}  // namespace

DataSplits seriesWindows(const SeriesTable& table, const WindowSize& size,
                         const TrainingSettings& settings) {
  const auto ends = withContext("split", [&] { return endsOf(settings.split, table.rows()); });
  const std::int64_t window = size.context + size.horizon;
  if (ends[0] < window)
    throw Error(ErrorKind::kInvalidInput,
                "{} rows for training, expected at least {}: a context of {} and a forecast of {}",
                ends[0], window, size.context, size.horizon)
        .in(settings.trainFile);
  at::Tensor values = valuesOf(table);
  if (settings.standardize) values = standardized(values, ends[0]);
  // The first forecast of a later part begins where the part before it ends.
  const auto part = [&](const Range& range) {
    return std::make_unique<SeriesWindows>(values, range, size, settings.season);
  };
  return {part({0, ends[0]}), part({std::max<std::int64_t>(0, ends[0] - size.context), ends[1]}),
          part({std::max<std::int64_t>(0, ends[1] - size.context), ends[2]})};
}

}  // namespace orrery::training
