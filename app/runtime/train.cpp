#include "app/runtime/train.h"

#include "core/training/needs.h"
#include "core/training/series_data.h"

namespace orrery {
namespace {

/// What a run is made of.
struct Parts {
  training::SeriesTable table;
  training::DataSplits data;
  training::Trainable trainable;
};

Parts read(const training::TrainingSettings& settings, const JobContext& context) {
  Parts parts;
  parts.table = training::readSeries(settings, {context.cancel, {}});
  const auto config = training::readConfig(settings, parts.table);
  parts.data = training::seriesWindows(
      parts.table, training::seriesForm(config, parts.table, settings), settings);
  parts.trainable = training::makeTrainable(config, settings);
  return parts;
}

}  // namespace

OrderedJson trainWith(const training::TrainingSettings& settings, const JobContext& context,
                      const PauseToken& pause, const training::MetricsCallback& onMetrics) {
  const Parts parts = read(settings, context);
  return training::Trainer(settings, parts.trainable, parts.data, onMetrics).run(context, pause);
}

protocol::MeasureTrainingResult measureTrainingOf(const training::TrainingSettings& settings,
                                                  const JobContext& context) {
  const Parts parts = read(settings, context);
  const auto needs = training::measureNeeds(settings, parts.trainable, parts.data, context);
  auto columns = parts.table.names;
  columns.resize(static_cast<std::size_t>(training::valueCount(parts.table, settings)));
  const auto cells = parts.table.rows() * static_cast<std::int64_t>(parts.table.columns.size());
  return {
      .parameters = needs.parameters,
      .rows = parts.table.rows(),
      .columns = std::move(columns),
      .windows = {parts.data.train->size(), parts.data.evaluation->size(), parts.data.test->size()},
      .memory = {.weightBytes = needs.weightBytes,
                 .gradientBytes = needs.gradientBytes,
                 .optimizerBytes = needs.optimizerBytes,
                 .activationBytes = needs.activationBytes,
                 .engineBytes = cells * 2 * std::int64_t{sizeof(float)}},  // read and split
      .steps = needs.counts.steps,
      .stepsPerEpoch = needs.counts.stepsPerEpoch,
      .evaluations = needs.evaluations,
      .secondsPerStep = needs.secondsPerStep,
      .secondsPerEvaluation = needs.secondsPerEvaluation,
      .totalSeconds = needs.totalSeconds};
}

}  // namespace orrery
