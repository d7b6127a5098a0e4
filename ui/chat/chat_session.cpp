#include "ui/chat/chat_session.h"

#include <QFileInfo>
#include <algorithm>

#include "ui/chat/conversation_store.h"
#include "ui/decoding/decoding_state.h"
#include "ui/engine/engine_pool.h"
#include "ui/jobs/jobs_model.h"

namespace orrery::ui {
namespace {

constexpr int kSaveMilliseconds = 400;
constexpr int kAlternatives = 8;
constexpr qint64 kWaiting = -1;  // in place of a request while the model is loaded

Alternative shownAlternative(const protocol::Alternative& a) {
  return {a.id, QString::fromStdString(a.text), a.logprob};
}

}  // namespace

Json messageContent(const QString& text, const QStringList& pictures) {
  if (pictures.isEmpty()) return text.toStdString();
  Json parts = Json::array();
  for (const QString& file : pictures)
    parts.push_back({{"type", "image"}, {"path", file.toStdString()}});
  if (!text.isEmpty()) parts.push_back({{"type", "text"}, {"text", text.toStdString()}});
  return parts;
}

QString pictureProblem(const protocol::ModelInfo& info, const QStringList& pictures) {
  if (pictures.isEmpty()) return {};
  if (!info.takesPictures)
    return ChatSession::tr("\u201C%1\u201D takes no pictures: choose a model that does.")
        .arg(QFileInfo(QString::fromStdString(info.path)).completeBaseName());
  for (const QString& file : pictures)
    if (!QFileInfo::exists(file))
      return ChatSession::tr("The picture %1 is gone: send the message without it.").arg(file);
  return {};
}

ShownToken shownToken(const protocol::GeneratedToken& token) {
  ShownToken shown{
      token.id, QString::fromStdString(token.text), token.logprob, token.entropy, false, {}};
  for (const auto& a : token.top) shown.top.push_back(shownAlternative(a));
  return shown;
}

ChatSession::ChatSession(Services& services, QObject* parent)
    : QObject(parent), services_(services) {
  save_.setSingleShot(true);
  save_.setInterval(kSaveMilliseconds);
  connect(&save_, &QTimer::timeout, this, &ChatSession::saveText);
  connect(&services_.engines.jobs(), &JobsModel::cancelAsked, this, [this](qint64 job) {
    if (job == job_) stop();
  });
}

ChatSession::~ChatSession() {
  if (busy()) saveAnswer();
}

void ChatSession::openNew() {
  stop();
  ChatState fresh;
  fresh.model = state_.model;
  fresh.system = state_.system;
  state_ = fresh;
  answer_ = 0;
  inspectedAnswer_ = 0;
  inspected_ = 0;
  emit opened();
}

void ChatSession::open(qint64 conversation) {
  stop();
  ChatState loaded = services_.conversations.load(conversation);
  const QString model = loaded.model.isEmpty() ? state_.model : loaded.model;
  state_ = std::move(loaded);
  answer_ = 0;
  state_.model = model;
  setModel(model);
  emit opened();
}

void ChatSession::setModel(const QString& model) {
  if (engine_ && engine_->model() == model) return;
  stop();
  if (engine_) {
    disconnect(engine_, nullptr, this, nullptr);
    disconnect(&engine_->process(), nullptr, this, nullptr);
  }
  state_.model = model;
  engine_ = model.isEmpty() ? nullptr : &services_.engines.engine(model);
  if (engine_) {
    connect(engine_, &ModelEngine::stateChanged, this, &ChatSession::engineChanged);
    connect(&engine_->process(), &EngineProcess::notified, this, &ChatSession::onNotified);
    engine_->load();
  }
  if (state_.id != 0) saveHeader();
  emit engineChanged();
}

void ChatSession::setSystem(const QString& system) {
  if (system == state_.system) return;
  state_.system = system;
  if (state_.id != 0) saveHeader();
}

void ChatSession::send(const QString& text, const QStringList& pictures) {
  if (busy() || (text.trimmed().isEmpty() && pictures.isEmpty())) return;
  ChatMessage& question = state_.add(Role::kUser, text.trimmed(), state_.leaf);
  question.pictures = pictures;
  if (state_.title.isEmpty() && !pictures.isEmpty())
    state_.title = QFileInfo(pictures.front()).fileName();
  const qint64 id = question.id;
  saveHeader();
  keep(*state_.find(id));
  state_.add(Role::kAssistant, {}, id);
  generate();
}

void ChatSession::regenerate(qint64 answer) {
  const ChatMessage* old = state_.find(answer);
  if (busy() || !old || old->role != Role::kAssistant) return;
  state_.add(Role::kAssistant, {}, old->parent);
  generate();
}

void ChatSession::edit(qint64 message, const QString& text) {
  const ChatMessage* old = state_.find(message);
  if (busy() || !old) return;
  ChatMessage& version = state_.edit(message, text);
  version.pictures.removeIf([](const QString& file) { return !QFileInfo::exists(file); });
  const ChatMessage edited = version;
  answer_ = edited.id;
  saveAnswer();
  saveHeader();
  if (edited.role == Role::kUser) {
    state_.add(Role::kAssistant, {}, edited.id);
    generate();
  } else {
    emit pathChanged();
  }
}

void ChatSession::continueFrom(qint64 answer, std::size_t index, const Alternative& choice) {
  const ChatMessage* old = state_.find(answer);
  if (busy() || !old || index >= old->tokens.size()) return;
  state_.branchAt(answer, index, choice);
  generate();
}

void ChatSession::showVersion(qint64 message) {
  if (busy()) return;
  state_.show(message);
  saveHeader();
  emit pathChanged();
}

void ChatSession::stop() {
  if (!busy()) return;
  engine_->process().cancel(running_);
  finishAnswer(QStringLiteral("stopped"), {});
}

Json ChatSession::messagesJson(const QString& draft, qint64 without) const {
  Json messages = Json::array();
  const auto add = [&](const char* role, const QString& text, const QStringList& pictures = {}) {
    messages.push_back({{"role", role}, {"content", messageContent(text, pictures)}});
  };
  if (!state_.system.trimmed().isEmpty()) add("system", state_.system);
  for (const ChatMessage* message : state_.path()) {
    if (message->id == without) break;
    add(message->role == Role::kUser ? "user" : "assistant", message->text, message->pictures);
  }
  if (!draft.isEmpty()) add("user", draft);
  return messages;
}

protocol::Prompt ChatSession::prompt(const QString& draft) const {
  return promptOf(messagesJson(draft, busy() ? answer_ : 0));
}

QString ChatSession::pictureProblem(const QStringList& draft) const {
  if (!engine_ || engine_->state() != ModelEngine::State::kReady) return {};
  QStringList pictures;
  for (const ChatMessage* message : state_.path()) pictures += message->pictures;
  return ui::pictureProblem(engine_->info(), pictures + draft);
}

void ChatSession::setInspected(qint64 answer, std::size_t index) {
  inspectedAnswer_ = answer;
  inspected_ = index;
  emit inspectedChanged();
}

protocol::Prompt ChatSession::stepPrompt() const {
  const auto path = state_.path();
  const ChatMessage* answer = nullptr;
  for (const ChatMessage* message : path)
    if (message->role == Role::kAssistant &&
        (message->id == inspectedAnswer_ || inspectedAnswer_ == 0))
      answer = message;
  if (!answer) return prompt();
  protocol::Prompt prompt = promptOf(messagesJson({}, answer->id));
  for (std::size_t i = 0; i < std::min(inspected_, answer->tokens.size()); ++i)
    prompt.appendIds.push_back(answer->tokens[i].id);
  return prompt;
}

protocol::Prompt ChatSession::promptOf(const Json& messages) const {
  protocol::Prompt prompt;
  const bool pictures = std::ranges::any_of(
      messages, [](const Json& message) { return !message["content"].is_string(); });
  if (pictures || !engine_ || engine_->state() != ModelEngine::State::kReady ||
      engine_->info().hasChatTemplate) {
    prompt.messages = messages;
    return prompt;
  }
  std::string text;  // a model without a template continues the bare text
  for (const Json& message : messages)
    text += (text.empty() ? "" : "\n") + message["content"].get<std::string>();
  prompt.text = text;
  return prompt;
}

void ChatSession::generate() {
  inspectedAnswer_ = 0;
  inspected_ = 0;
  ChatMessage* answer = state_.find(state_.leaf);
  answer_ = answer->id;
  given_ = answer->tokens.size();
  firstToken_ = 0;
  saveHeader();
  saveAnswer();
  if (!engine_) {
    finishAnswer(QStringLiteral("error"), tr("No model is chosen."));
    emit pathChanged();
    return;
  }
  running_ = kWaiting;
  clock_.start();
  job_ = services_.engines.jobs().begin(tr("Answer in \u201C%1\u201D").arg(state_.title),
                                        state_.model);
  emit pathChanged();
  emit busyChanged();
  const auto waits = [this, id = answer_] { return id == answer_ && running_ == kWaiting; };
  engine_->whenReady(
      this,
      [this, waits] {
        if (waits()) ask();
      },
      [this, waits](const QString& problem) {
        if (waits()) finishAnswer(QStringLiteral("error"), problem);
      });
}

void ChatSession::ask() {
  if (const QString problem = pictureProblem(); !problem.isEmpty())
    return finishAnswer(QStringLiteral("error"), problem);
  protocol::GenerateParams params;
  params.prompt = prompt();
  for (const ShownToken& token : state_.find(answer_)->tokens)
    params.prompt.appendIds.push_back(token.id);
  const DecodingSettings& decoding = services_.decoding.settings();
  params.generation = fieldsToSend(decoding, engine_->info().generationConfig);
  limit_ = params.generation.value("max_new_tokens", 0);
  params.strategy = decoding.strategy;
  params.seed = decoding.seed;
  params.top = kAlternatives;
  clock_.start();
  running_ = engine_->process().request<protocol::GenerateParams>(
      params, this,
      [this, answer = answer_](const protocol::GenerateResult& result) {
        if (answer == answer_ && busy()) onDone(result);
      },
      [this, answer = answer_](const EngineError& error) {
        if (answer == answer_ && busy()) onFailed(error);
      });
  services_.engines.jobs().attach(job_, engine_->process(), running_);
}

void ChatSession::onNotified(const QString& method, const Json& params) {
  if (!busy() || method != QLatin1String(protocol::TokenParams::kMethod)) return;
  try {
    const auto message = protocol::readMessage<protocol::TokenParams>(params, "generate/token");
    if (message.request != running_ || message.sequence != 0) return;
    append(message.token);
    emit messageChanged(answer_);
  } catch (const Error&) {
    // The whole answer comes again with the result.
  }
}

void ChatSession::append(const protocol::GeneratedToken& token) {
  ChatMessage& answer = *state_.find(answer_);
  const double now = static_cast<double>(clock_.nsecsElapsed()) * 1e-9;
  if (answer.tokens.size() == given_) firstToken_ = now;
  answer.tokens.push_back(shownToken(token));
  answer.text += answer.tokens.back().text;
  answer.stats.tokens = static_cast<int>(answer.tokens.size() - given_);
  answer.stats.firstTokenSeconds = firstToken_;
  if (now > firstToken_)
    answer.stats.tokensPerSecond = (answer.stats.tokens - 1) / (now - firstToken_);
  Progress progress;
  progress.what = "generating";
  progress.unit = "tokens";
  progress.done = answer.stats.tokens;
  progress.total = limit_;
  progress.rate = answer.stats.tokensPerSecond;
  if (limit_ > 0 && progress.rate > 0)
    progress.secondsLeft = (limit_ - progress.done) / progress.rate;
  services_.engines.jobs().advance(job_, progress);
  if (!save_.isActive()) save_.start();
}

void ChatSession::onDone(const protocol::GenerateResult& result) {
  ChatMessage& answer = *state_.find(answer_);
  QString reason;
  if (!result.sequences.empty()) {
    const auto& sequence = result.sequences.front();
    // Strategies that decide late (beams) report no token before the end.
    if (answer.tokens.size() == given_)
      for (const auto& token : sequence.tokens) append(token);
    if (answer.tokens.size() == given_) answer.text += QString::fromStdString(sequence.text);
    reason = QString::fromStdString(sequence.finishReason);
  }
  answer.stats.promptTokens = result.timings.prefillTokens;
  if (result.timings.decodeSeconds > 0 && result.timings.decodeTokens > 0)
    answer.stats.tokensPerSecond = result.timings.decodeTokens / result.timings.decodeSeconds;
  finishAnswer(reason, {});
}

void ChatSession::onFailed(const EngineError& error) {
  if (error.cancelled())
    finishAnswer(QStringLiteral("stopped"), {});
  else
    finishAnswer(QStringLiteral("error"), error.message);
}

void ChatSession::finishAnswer(const QString& reason, const QString& error) {
  running_ = 0;
  save_.stop();
  if (ChatMessage* answer = state_.find(answer_)) {
    answer->stats.finishReason = reason;
    answer->stats.error = error;
  }
  JobsModel& jobs = services_.engines.jobs();
  if (!error.isEmpty())
    jobs.fail(job_, error);
  else if (reason == QLatin1String("stopped"))
    jobs.markCancelled(job_);
  else
    jobs.finish(job_);
  saveAnswer();
  emit messageChanged(answer_);
  emit busyChanged();
}

void ChatSession::saveHeader() {
  try {
    services_.conversations.saveHeader(state_);
    emit saved();
  } catch (const Error& error) {
    emit saveFailed(QString::fromUtf8(error.what()));
  }
}

void ChatSession::saveText() {
  const ChatMessage* answer = state_.find(answer_);
  if (!answer || state_.id == 0) return;
  // The tokens follow at the end: writing all of them again and again would stall a long answer.
  keep({.id = answer->id,
        .parent = answer->parent,
        .role = answer->role,
        .text = answer->text,
        .model = answer->model,
        .stats = answer->stats});
}

void ChatSession::keep(const ChatMessage& message) {
  try {
    services_.conversations.saveMessage(state_.id, message);
  } catch (const Error& error) {
    emit saveFailed(QString::fromUtf8(error.what()));
  }
}

void ChatSession::saveAnswer() {
  const ChatMessage* answer = state_.find(answer_);
  if (answer && state_.id != 0) keep(*answer);
}

}  // namespace orrery::ui
