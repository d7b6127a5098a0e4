#pragma once

#include <QByteArray>
#include <vector>

#include "ui/chat/chat_state.h"

namespace orrery::ui {

/// Tokens and figures of an answer as JSON, as the store and the exports keep them. Reading is
/// lenient: what cannot be read gives no tokens, for the text is kept beside them.
QByteArray tokensToJson(const std::vector<ShownToken>& tokens);
std::vector<ShownToken> tokensFromJson(const QByteArray& json);
QByteArray statsToJson(const AnswerStats& stats);
AnswerStats statsFromJson(const QByteArray& json);

}  // namespace orrery::ui
