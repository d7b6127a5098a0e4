#pragma once

#include <QDateTime>
#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

namespace orrery::ui {

/// A token that could have stood in a place, with its log-probability there.
struct Alternative {
  int id = 0;
  QString text;
  double logprob = 0;
  bool operator==(const Alternative&) const = default;
};

/// One generated token: what the strategy saw when it chose it.
struct ShownToken {
  int id = 0;
  QString text;  ///< what it added to the answer; may be empty while a character is incomplete
  double logprob = 0;   ///< before the processors, natural logarithm
  double entropy = 0;   ///< of the distribution, in nats
  bool forced = false;  ///< given by the user, not chosen by the model
  std::vector<Alternative> top;
  bool operator==(const ShownToken&) const = default;
};

enum class Role { kUser, kAssistant };

/// How an answer was made; zeros while unknown.
struct AnswerStats {
  int promptTokens = 0;
  int tokens = 0;
  double firstTokenSeconds = 0;
  double tokensPerSecond = 0;
  QString finishReason;  ///< "eos", "length", "stopped", …; empty while running
  QString error;         ///< one line, if the answer ended in an error
  bool operator==(const AnswerStats&) const = default;
};

struct ChatMessage {
  qint64 id = 0;
  qint64 parent = 0;  ///< 0: the first message of a branch
  Role role = Role::kUser;
  QString text;
  QStringList pictures;  ///< files, of a question
  QString model;         ///< of an answer: which model gave it
  std::vector<ShownToken> tokens;
  AnswerStats stats;
  bool operator==(const ChatMessage&) const = default;
};

/// A conversation as a tree: editing a message or asking again adds a sibling, so that nothing is
/// lost. `leaf` names the branch that is shown. A plain value: saved, compared and tested without
/// widgets.
struct ChatState {
  qint64 id = 0;  ///< in the store; 0 before it is saved
  QString title;
  QString system;
  QString model;
  qint64 leaf = 0;
  std::vector<ChatMessage> messages;  ///< by rising id

  ChatMessage* find(qint64 messageId);
  const ChatMessage* find(qint64 messageId) const;

  /// The shown branch from its first message to the leaf.
  std::vector<const ChatMessage*> path() const;

  /// The versions of a message: all messages with the same parent and role, oldest first.
  std::vector<qint64> versions(qint64 messageId) const;

  /// Adds a message below `parent` and shows it. The reference is valid until the next addition.
  ChatMessage& add(Role role, const QString& text, qint64 parent);

  /// A new version of a message with another text and the same pictures, shown instead of it.
  ChatMessage& edit(qint64 messageId, const QString& text);

  /// A new version of an answer that keeps its first `tokenIndex` tokens, then takes `choice`.
  ChatMessage& branchAt(qint64 answerId, std::size_t tokenIndex, const Alternative& choice);

  /// Shows another version of a message, and below it the newest messages.
  void show(qint64 messageId);

  bool operator==(const ChatState&) const = default;
};

/// A title out of the first words of the first question.
QString titleFrom(const QString& question);

}  // namespace orrery::ui
