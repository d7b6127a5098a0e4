#include "ui/train/train_metrics.h"

#include <algorithm>
#include <cmath>

namespace orrery::ui {
namespace {

double numberIn(const Json& object, const char* name, double otherwise) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<double>() : otherwise;
}

/// A run that goes on from a checkpoint tells again what came behind it.
void put(std::vector<MetricPoint>& curve, const MetricPoint& point) {
  while (!curve.empty() && curve.back().step >= point.step) curve.pop_back();
  if (std::isfinite(point.value)) curve.push_back(point);
}

void add(std::vector<MetricPoint>& curve, const Json& line, const char* name, MetricPoint point) {
  if (!line.contains(name)) return;
  point.value = numberIn(line, name, NAN);
  put(curve, point);
}

}  // namespace

void RunCurves::take(const Json& line, double examples) {
  if (!line.is_object()) return;
  const MetricPoint at{numberIn(line, "step", lastStep_), numberIn(line, "seconds", lastSeconds_),
                       0};
  add(loss, line, "loss", at);
  add(evaluation, line, "eval_loss", at);
  add(rate, line, "learning_rate", at);
  add(gradient, line, "grad_norm", at);
  // Until a line of an evaluation, time is also that of the evaluation.
  if (line.contains("loss") && at.step > lastStep_ && at.seconds > lastSeconds_)
    put(throughput,
        {at.step, at.seconds, (at.step - lastStep_) * examples / (at.seconds - lastSeconds_)});
  lastStep_ = at.step;
  lastSeconds_ = at.seconds;
}

RunCurves RunCurves::from(const std::vector<Json>& lines, const Json& settings) {
  RunCurves curves;
  const double examples = examplesOfStep(settings);
  for (const Json& line : lines) curves.take(line, examples);
  return curves;
}

double examplesOfStep(const Json& settings) {
  if (!settings.is_object()) return 1;
  return std::max(1.0, numberIn(settings, "per_device_train_batch_size", 8)) *
         std::max(1.0, numberIn(settings, "gradient_accumulation_steps", 1));
}

}  // namespace orrery::ui
