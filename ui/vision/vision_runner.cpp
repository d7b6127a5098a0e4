#include "ui/vision/vision_runner.h"

#include <QFileInfo>

#include "core/protocol/lifecycle.h"
#include "core/protocol/vision.h"
#include "ui/engine/engine_pool.h"
#include "ui/jobs/jobs_model.h"

namespace orrery::ui {
namespace {

constexpr double kLeastScore = 0.05;    // asked for once; the slider filters above it
constexpr double kLeastInstance = 0.3;  // below it, instances cover each other for nothing
constexpr int kLabels = 10;

Json optionsOf(const VisionState& state) {
  if (state.task == "object-detection") return {{"threshold", kLeastScore}};
  if (state.task == "image-segmentation" && state.subtask == "instance")
    return {{"subtask", state.subtask}, {"threshold", kLeastInstance}};
  if (state.task == "image-segmentation") return {{"subtask", state.subtask}};
  if (state.task == "image-classification") return {{"top_k", kLabels}};
  if (state.task != "zero-shot-image-classification") return Json::object();
  Json labels = Json::array();
  for (const QString& part : QString::fromStdString(state.candidates).split(QLatin1Char(',')))
    if (!part.trimmed().isEmpty()) labels.push_back(part.trimmed().toStdString());
  return {{"candidate_labels", labels}};
}

protocol::SegmentParams promptOf(const VisionState& state) {
  protocol::SegmentParams params{.path = state.model, .image = state.picture};
  const SegmentPrompt& prompt = state.prompts.current();
  for (const SegmentPrompt::Point& point : prompt.points) {
    params.points.push_back({point.at.x(), point.at.y()});
    params.labels.push_back(point.positive ? 1 : 0);
  }
  if (prompt.box)
    params.box = {prompt.box->left(), prompt.box->top(), prompt.box->right(), prompt.box->bottom()};
  params.multimask =
      prompt.points.size() == 1 && !prompt.box;  // more of a prompt is less ambiguous
  return params;
}

}  // namespace

protocol::RunPipelineParams pipelineParams(const VisionState& state, const std::string& picture) {
  protocol::RunPipelineParams params{.task = state.task, .path = state.model};
  params.input = {{"image", picture}};
  params.options = optionsOf(state);
  return params;
}

VisionRunner::VisionRunner(Services& services, QObject* parent)
    : QObject(parent), services_(services) {
  connect(&services_.engines.jobs(), &JobsModel::cancelAsked, this, [this](qint64 job) {
    if (busy() && job == job_) stop();
  });
}

void VisionRunner::run(const VisionState& state) {
  stop();
  model_ = QString::fromStdString(state.model);
  picture_ = QString::fromStdString(state.picture);
  if (state.task == kPointTask)
    segment(state);
  else
    runTask(state);
}

void VisionRunner::runTask(const VisionState& state) {
  EngineProcess& engine = services_.engines.engine(model_).process();
  const QString task = QString::fromStdString(state.task);
  const auto request = std::make_shared<qint64>(0);
  *request = engine.request<protocol::RunPipelineParams>(
      pipelineParams(state, state.picture), this,
      [this, task, request](const protocol::RunPipelineResult& result) {
        receive(*request, task, result.result, result.arrayContent, result.loadSeconds,
                result.runSeconds);
      },
      [this, request](const EngineError& error) { fail(*request, error); });
  begin(state, engine, *request);
}

void VisionRunner::segment(const VisionState& state) {
  EngineProcess& engine = services_.engines.engine(model_).process();
  const auto request = std::make_shared<qint64>(0);
  *request = engine.request<protocol::SegmentParams>(
      promptOf(state), this,
      [this, request](const protocol::SegmentResult& result) {
        const Json document{{"masks", protocol::toJson(result.masks)}, {"scores", result.scores}};
        receive(*request, QString::fromLatin1(kPointTask), document, result.arrayContent, 0,
                result.embeddedSeconds);
      },
      [this, request](const EngineError& error) { fail(*request, error); });
  begin(state, engine, *request);
}

void VisionRunner::begin(const VisionState& state, EngineProcess& engine, qint64 request) {
  if (engine_ != &engine) {
    if (engine_) disconnect(engine_, nullptr, this, nullptr);
    connect(&engine, &EngineProcess::notified, this, &VisionRunner::onNotified);
  }
  engine_ = &engine;
  request_ = request;
  job_ = services_.engines.jobs().begin(
      tr("%1: %2").arg(visionTaskTitle(QString::fromStdString(state.task)),
                       QFileInfo(picture_).fileName()),
      model_);
  services_.engines.jobs().attach(job_, engine, request);
  emit busyChanged();
}

void VisionRunner::onNotified(const QString& method, const Json& params) {
  if (method != QLatin1String(protocol::ProgressParams::kMethod)) return;
  if (!busy() || params.value("request", Json()) != Json(request_)) return;
  const double total = params.value("total", 0.0);
  emit progressed(total > 0 ? params.value("done", 0.0) / total : -1);
}

// False for what was asked before the present question.
bool VisionRunner::end(qint64 request) {
  if (request != request_) return false;
  request_ = 0;
  return true;
}

void VisionRunner::stop() {
  if (!busy()) return;
  if (engine_) engine_->cancel(request_);
  request_ = 0;  // its answer is not waited for
  services_.engines.jobs().markCancelled(job_);
  emit busyChanged();
}

void VisionRunner::fail(qint64 request, const EngineError& error) {
  if (!end(request)) return;
  if (error.cancelled())
    services_.engines.jobs().markCancelled(job_);
  else
    services_.engines.jobs().fail(job_, error.message);
  emit busyChanged();
  if (!error.cancelled()) emit failed(error.message);
}

void VisionRunner::receive(qint64 request, const QString& task, const Json& document,
                           const std::shared_ptr<const protocol::Arrays>& arrays, double load,
                           double run) {
  if (request != request_) return;
  VisionResult result;
  try {
    result = readVisionResult(task, document, arrays);
  } catch (const Error& error) {
    return fail(request, {QStringLiteral("protocol"), QString::fromUtf8(error.what())});
  }
  end(request);
  result.model = model_;
  result.picture = picture_;
  result.loadSeconds = load;
  result.runSeconds = run;
  services_.engines.jobs().finish(job_);
  emit busyChanged();
  emit found(result);
}

}  // namespace orrery::ui
