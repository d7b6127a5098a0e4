#include "ui/chat/chat_state.h"

#include <algorithm>

namespace orrery::ui {

const ChatMessage* ChatState::find(qint64 messageId) const {
  const auto found = std::lower_bound(messages.begin(), messages.end(), messageId,
                                      [](const ChatMessage& m, qint64 id) { return m.id < id; });
  return found != messages.end() && found->id == messageId ? &*found : nullptr;
}

ChatMessage* ChatState::find(qint64 messageId) {
  return const_cast<ChatMessage*>(std::as_const(*this).find(messageId));
}

std::vector<const ChatMessage*> ChatState::path() const {
  std::vector<const ChatMessage*> result;
  // A parent always has a smaller id, so a damaged store cannot make this loop for ever.
  for (const ChatMessage* m = find(leaf); m; m = m->parent < m->id ? find(m->parent) : nullptr)
    result.push_back(m);
  std::reverse(result.begin(), result.end());
  return result;
}

std::vector<qint64> ChatState::versions(qint64 messageId) const {
  std::vector<qint64> result;
  const ChatMessage* message = find(messageId);
  if (!message) return result;
  for (const ChatMessage& m : messages)
    if (m.parent == message->parent && m.role == message->role) result.push_back(m.id);
  return result;
}

ChatMessage& ChatState::add(Role role, const QString& text, qint64 parent) {
  ChatMessage message;
  message.id = messages.empty() ? 1 : messages.back().id + 1;
  message.parent = parent;
  message.role = role;
  message.text = text;
  if (role == Role::kAssistant) message.model = model;
  if (title.isEmpty() && role == Role::kUser) title = titleFrom(text);
  messages.push_back(std::move(message));
  leaf = messages.back().id;
  return messages.back();
}

ChatMessage& ChatState::edit(qint64 messageId, const QString& text) {
  const ChatMessage* old = find(messageId);
  const Role role = old ? old->role : Role::kUser;
  const QStringList pictures = old ? old->pictures : QStringList();
  ChatMessage& edited = add(role, text, old ? old->parent : leaf);
  edited.pictures = pictures;
  return edited;
}

ChatMessage& ChatState::branchAt(qint64 answerId, std::size_t tokenIndex,
                                 const Alternative& choice) {
  const ChatMessage old = *find(answerId);
  ChatMessage& branch = add(Role::kAssistant, {}, old.parent);
  branch.tokens.assign(
      old.tokens.begin(),
      old.tokens.begin() + static_cast<std::ptrdiff_t>(std::min(tokenIndex, old.tokens.size())));
  ShownToken chosen{choice.id, choice.text, choice.logprob, 0, true, {}};
  if (tokenIndex < old.tokens.size()) {
    chosen.entropy = old.tokens[tokenIndex].entropy;
    chosen.top = old.tokens[tokenIndex].top;
  }
  branch.tokens.push_back(std::move(chosen));
  for (const ShownToken& token : branch.tokens) branch.text += token.text;
  return branch;
}

void ChatState::show(qint64 messageId) {
  if (!find(messageId)) return;
  leaf = messageId;
  for (const ChatMessage& m : messages)  // children have larger ids, so one pass finds the newest
    if (m.parent == leaf && m.id > leaf) {
      qint64 newest = m.id;
      for (const ChatMessage& other : messages)
        if (other.parent == leaf) newest = other.id;
      leaf = newest;
    }
}

QString titleFrom(const QString& question) {
  constexpr qsizetype kLimit = 48;
  const QString line = question.simplified();
  if (line.size() <= kLimit) return line;
  const qsizetype space = line.lastIndexOf(QLatin1Char(' '), kLimit);
  return line.left(space > kLimit / 2 ? space : kLimit) + QChar(0x2026);
}

}  // namespace orrery::ui
