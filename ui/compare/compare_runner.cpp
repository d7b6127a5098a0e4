#include "ui/compare/compare_runner.h"

#include <QFileInfo>
#include <algorithm>

#include "core/base/json.h"
#include "ui/chat/chat_session.h"
#include "ui/engine/engine_pool.h"
#include "ui/jobs/jobs_model.h"

namespace orrery::ui {
namespace {

constexpr int kAlternatives = 8;

protocol::Prompt promptFor(const protocol::ModelInfo& info, const CompareState& state) {
  protocol::Prompt prompt;
  if (!info.hasChatTemplate && state.pictures.isEmpty())
    prompt.text = state.prompt.toStdString();
  else
    prompt.messages = Json::array(
        {{{"role", "user"}, {"content", messageContent(state.prompt, state.pictures)}}});
  return prompt;
}

}  // namespace

CompareRunner::CompareRunner(Services& services, QObject* parent)
    : QObject(parent), services_(services) {
  connect(&services_.engines.jobs(), &JobsModel::cancelAsked, this, [this](qint64 job) {
    fail(job, {QStringLiteral("cancelled"), {}});
  });
}

void CompareRunner::listen(EngineProcess& engine) {
  connect(&engine, &EngineProcess::notified, this, &CompareRunner::onNotified,
          Qt::UniqueConnection);
}

bool CompareRunner::busy() const {
  return std::any_of(state_.columns.begin(), state_.columns.end(),
                     [](const CompareColumn& column) { return column.running; });
}

void CompareRunner::run() {
  stop();
  for (std::size_t i = 0; i < state_.columns.size(); ++i) runColumn(i);
}

void CompareRunner::runColumn(std::size_t column) {
  runs_.resize(state_.columns.size());
  CompareColumn& c = state_.columns[column];
  if (c.running || c.model.isEmpty() || !state_.asks()) return;
  c.tokens.clear();
  c.text.clear();
  c.stats = {};
  c.running = true;
  ModelEngine& engine = services_.engines.engine(c.model);
  listen(engine.process());
  Run& run = runs_[column];
  run = {};
  run.job = services_.engines.jobs().begin(tr("Compare: column %1, %2")
                                               .arg(QChar(static_cast<char16_t>(u'A' + column)))
                                               .arg(QFileInfo(c.model).completeBaseName()),
                                           c.model);
  emit columnChanged(static_cast<int>(column));
  emit busyChanged();
  const qint64 job = run.job;
  engine.whenReady(
      this, [this, job, &engine] { ask(job, engine); },
      [this, job](const QString& problem) {
        fail(job, {QStringLiteral("internal"), problem});
      });
}

int CompareRunner::columnOfJob(qint64 job) const {
  for (std::size_t i = 0; i < runs_.size(); ++i)
    if (runs_[i].job == job && state_.columns[i].running) return static_cast<int>(i);
  return -1;
}

void CompareRunner::fail(qint64 job, const EngineError& error) {
  const int at = columnOfJob(job);
  if (at < 0) return;
  finish(static_cast<std::size_t>(at), QLatin1String(error.cancelled() ? "stopped" : "error"),
         error.cancelled() ? QString() : error.message);
}

void CompareRunner::ask(qint64 job, ModelEngine& engine) {
  const int at = columnOfJob(job);
  if (at < 0) return;  // stopped while the model was loaded
  const CompareColumn& column = state_.columns[static_cast<std::size_t>(at)];
  if (const QString problem = pictureProblem(engine.info(), state_.pictures); !problem.isEmpty())
    return fail(job, {QStringLiteral("invalid_input"), problem});
  protocol::GenerateParams params;
  params.prompt = promptFor(engine.info(), state_);
  params.generation = fieldsToSend(column.decoding, engine.info().generationConfig);
  params.strategy = column.decoding.strategy;
  params.seed = state_.seed;
  params.top = kAlternatives;
  Run& run = runs_[static_cast<std::size_t>(at)];
  run.engine = &engine.process();
  run.request = engine.process().request<protocol::GenerateParams>(
      params, this,
      [this, job](const protocol::GenerateResult& result) {
        if (const int done = columnOfJob(job); done >= 0)
          onDone(static_cast<std::size_t>(done), result);
      },
      [this, job](const EngineError& error) { fail(job, error); });
  services_.engines.jobs().attach(job, engine.process(), run.request);
}

void CompareRunner::stop() {
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (!state_.columns[i].running) continue;
    if (runs_[i].engine) runs_[i].engine->cancel(runs_[i].request);
    finish(i, QStringLiteral("stopped"), {});
  }
}

void CompareRunner::removeColumn(std::size_t column) {
  if (column < runs_.size()) {
    if (state_.columns[column].running && runs_[column].engine) {
      runs_[column].engine->cancel(runs_[column].request);
      finish(column, QStringLiteral("stopped"), {});
    }
    runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(column));
  }
  state_.columns.erase(state_.columns.begin() + static_cast<std::ptrdiff_t>(column));
  emit busyChanged();
}

int CompareRunner::columnOf(const EngineProcess* engine, qint64 request) const {
  for (std::size_t i = 0; i < runs_.size(); ++i)
    if (runs_[i].engine == engine && runs_[i].request == request) return static_cast<int>(i);
  return -1;
}

void CompareRunner::onNotified(const QString& method, const Json& params) {
  if (method != QLatin1String(protocol::TokenParams::kMethod)) return;
  try {
    const auto message = protocol::readMessage<protocol::TokenParams>(params, "generate/token");
    if (message.sequence != 0 || !message.request.is_number_integer()) return;
    const int at = columnOf(qobject_cast<EngineProcess*>(sender()), message.request.get<qint64>());
    if (at < 0 || !state_.columns[static_cast<std::size_t>(at)].running) return;
    CompareColumn& column = state_.columns[static_cast<std::size_t>(at)];
    column.tokens.push_back(shownToken(message.token));
    column.text += column.tokens.back().text;
    column.stats.tokens = static_cast<int>(column.tokens.size());
    Run& run = runs_[static_cast<std::size_t>(at)];
    if (column.stats.tokens == 1) run.decoding.start();
    const double seconds = static_cast<double>(run.decoding.nsecsElapsed()) * 1e-9;
    Progress progress{.what = "generating", .unit = "tokens"};
    progress.done = column.stats.tokens;
    if (column.stats.tokens > 1 && seconds > 0) progress.rate = (progress.done - 1) / seconds;
    services_.engines.jobs().advance(run.job, progress);
    emit columnChanged(at);
  } catch (const Error&) {
    // The whole answer comes again with the result.
  }
}

void CompareRunner::onDone(std::size_t at, const protocol::GenerateResult& result) {
  CompareColumn& column = state_.columns[at];
  if (!column.running) return;
  QString reason;
  if (!result.sequences.empty()) {
    const auto& sequence = result.sequences.front();
    if (column.tokens.empty())
      for (const auto& token : sequence.tokens) column.tokens.push_back(shownToken(token));
    column.text = QString::fromStdString(sequence.text);
    reason = QString::fromStdString(sequence.finishReason);
  }
  column.stats.tokens = static_cast<int>(column.tokens.size());
  column.stats.promptTokens = result.timings.prefillTokens;
  column.stats.firstTokenSeconds = result.timings.prefillSeconds;
  if (result.timings.decodeSeconds > 0)
    column.stats.tokensPerSecond = result.timings.decodeTokens / result.timings.decodeSeconds;
  finish(at, reason, {});
}

void CompareRunner::finish(std::size_t at, const QString& reason, const QString& error) {
  CompareColumn& column = state_.columns[at];
  if (!column.running) return;
  column.running = false;
  column.stats.finishReason = reason;
  column.stats.error = error;
  JobsModel& jobs = services_.engines.jobs();
  if (!error.isEmpty())
    jobs.fail(runs_[at].job, error);
  else if (reason == QLatin1String("stopped"))
    jobs.markCancelled(runs_[at].job);
  else
    jobs.finish(runs_[at].job);
  emit columnChanged(static_cast<int>(at));
  emit busyChanged();
}

}  // namespace orrery::ui
