#include "app/runtime/train.h"

#include "core/training/series_data.h"

namespace orrery {
namespace {

training::WindowSize windowOf(const OrderedJson& config) {
  const Json plain = Json::parse(config.dump());
  const JsonField field(plain, "config");
  return {field.require<std::int64_t>("context_length"),
          field.require<std::int64_t>("prediction_length")};
}

}  // namespace

OrderedJson trainWith(const training::TrainingSettings& settings, const JobContext& context,
                      const training::MetricsCallback& onMetrics) {
  const auto table = training::readSeries(settings, {context.cancel, {}});
  const auto config =
      training::readConfig(settings, static_cast<std::int64_t>(table.columns.size()));
  const auto data = training::seriesWindows(table, windowOf(config), settings);
  const auto trainable = training::makeTrainable(config, settings);
  return training::Trainer(settings, trainable, data, onMetrics).run(context);
}

}  // namespace orrery
