#pragma once

#include <QList>
#include <QSqlDatabase>
#include <QString>

#include "ui/chat/chat_state.h"

namespace orrery::ui {

struct ConversationSummary {
  qint64 id = 0;
  QString title;
  QDateTime updated;
};

/// Conversations in an SQLite file. Each call is one transaction in write-ahead mode, so that a
/// kill at any moment loses at most what was not yet given to it. Errors are orrery::Error naming
/// the file. Used from one thread.
class ConversationStore {
 public:
  /// Opens or creates the file. A file of a newer version of the program is refused, not changed.
  explicit ConversationStore(const QString& path);
  ~ConversationStore();
  ConversationStore(const ConversationStore&) = delete;
  ConversationStore& operator=(const ConversationStore&) = delete;

  /// Newest first; with a `search`, those whose title or any message contains it.
  QList<ConversationSummary> list(const QString& search = {}) const;

  /// The whole conversation; an Error of kind kNotFound if there is none with that id.
  ChatState load(qint64 id) const;

  /// Saves title, system prompt, model and leaf; gives a new conversation its id.
  void saveHeader(ChatState& state);

  /// Saves one message of a conversation that has an id.
  void saveMessage(qint64 conversation, const ChatMessage& message);

  /// Hides a conversation; restore() brings it back until the next purge().
  void remove(qint64 id);
  void restore(qint64 id);
  /// Deletes for good what was removed.
  void purge();

 private:
  int version() const;
  void exec(const QString& sql, const QVariantList& values = {}) const;

  QString path_;
  QString connection_;
  QSqlDatabase db_;
};

}  // namespace orrery::ui
