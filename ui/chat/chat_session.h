#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include "core/protocol/generate.h"
#include "core/protocol/model.h"
#include "ui/chat/chat_state.h"
#include "ui/engine/engine_process.h"
#include "ui/shell/services.h"

namespace orrery::ui {

class ModelEngine;

/// What a message says as chat templates take it: a text, or pictures and a text in a list.
Json messageContent(const QString& text, const QStringList& pictures);

/// Why a model is not asked about these pictures, in one sentence: one is gone, or the model, whose
/// name may be empty, takes none. Empty if nothing is in the way.
QString pictureProblem(const protocol::ModelInfo& info, const QStringList& pictures);

/// The tokens of an engine as the window shows and keeps them.
ShownToken shownToken(const protocol::GeneratedToken& token);

/// One conversation at work: asks the engine, puts what arrives into the state, and saves as it
/// goes. Knows no widgets.
class ChatSession : public QObject {
  Q_OBJECT

 public:
  explicit ChatSession(Services& services, QObject* parent = nullptr);
  ~ChatSession() override;

  const ChatState& state() const { return state_; }
  void openNew();
  void open(qint64 conversation);
  void setModel(const QString& model);
  void setSystem(const QString& system);

  /// Adds a question, with files of pictures to look at, and generates the answer.
  void send(const QString& text, const QStringList& pictures = {});
  /// Another answer to the same question.
  void regenerate(qint64 answer);
  /// A new version of a message; of a question, with a new answer and without pictures that are
  /// gone.
  void edit(qint64 message, const QString& text);
  /// Continues an answer from another token at `index`.
  void continueFrom(qint64 answer, std::size_t index, const Alternative& choice);
  void showVersion(qint64 message);
  void stop();
  bool busy() const { return running_ != 0; }
  /// Of the shown branch with these pictures that are not sent yet; empty while no model is loaded.
  QString pictureProblem(const QStringList& draft = {}) const;

  /// The prompt of the shown branch, with a draft that is not sent yet.
  protocol::Prompt prompt(const QString& draft = {}) const;
  ModelEngine* engine() const { return engine_; }

  /// Token `index` of an answer is looked at: stepPrompt() ends before it.
  void setInspected(qint64 answer, std::size_t index);
  /// What the inspected token followed; else, what the first token of the last answer did.
  protocol::Prompt stepPrompt() const;
  std::size_t inspectedIndex() const { return inspected_; }

 signals:
  void opened();                   ///< another conversation is shown
  void pathChanged();              ///< messages were added or another branch is shown
  void messageChanged(qint64 id);  ///< its text or figures grew
  void busyChanged();
  void engineChanged();
  void inspectedChanged();
  void saved();  ///< title or time of a conversation changed
  void saveFailed(const QString& reason);

 private:
  void generate();
  void ask();
  void onNotified(const QString& method, const Json& params);
  void onDone(const protocol::GenerateResult& result);
  void onFailed(const EngineError& error);
  void append(const protocol::GeneratedToken& token);
  void finishAnswer(const QString& reason, const QString& error);
  void saveHeader();
  void saveText();
  void saveAnswer();
  void keep(const ChatMessage& message);
  Json messagesJson(const QString& draft, qint64 without) const;
  protocol::Prompt promptOf(const Json& messages) const;

  Services& services_;
  ChatState state_;
  ModelEngine* engine_ = nullptr;
  qint64 answer_ = 0;   ///< message being generated
  qint64 running_ = 0;  ///< its request
  qint64 job_ = 0;
  qint64 inspectedAnswer_ = 0;
  std::size_t inspected_ = 0;
  int limit_ = 0;          ///< tokens the answer may have; 0 unknown
  std::size_t given_ = 0;  ///< tokens of the answer that were there before
  QElapsedTimer clock_;
  double firstToken_ = 0;
  QTimer save_;
};

}  // namespace orrery::ui
