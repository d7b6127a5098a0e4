#include "ui/chat/token_json.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace orrery::ui {
namespace {

QJsonObject toObject(const ShownToken& token) {
  QJsonObject object{{"id", token.id},
                     {"text", token.text},
                     {"logprob", token.logprob},
                     {"entropy", token.entropy}};
  if (token.forced) object["forced"] = true;
  QJsonArray top;
  for (const Alternative& a : token.top)
    top.append(QJsonObject{{"id", a.id}, {"text", a.text}, {"logprob", a.logprob}});
  object["top"] = top;
  return object;
}

ShownToken toToken(const QJsonObject& object) {
  ShownToken token;
  token.id = object["id"].toInt();
  token.text = object["text"].toString();
  token.logprob = object["logprob"].toDouble();
  token.entropy = object["entropy"].toDouble();
  token.forced = object["forced"].toBool();
  for (const auto& value : object["top"].toArray()) {
    const QJsonObject a = value.toObject();
    token.top.push_back({a["id"].toInt(), a["text"].toString(), a["logprob"].toDouble()});
  }
  return token;
}

}  // namespace

QByteArray tokensToJson(const std::vector<ShownToken>& tokens) {
  QJsonArray array;
  for (const ShownToken& token : tokens) array.append(toObject(token));
  return QJsonDocument(array).toJson(QJsonDocument::Compact);
}

std::vector<ShownToken> tokensFromJson(const QByteArray& json) {
  std::vector<ShownToken> tokens;
  for (const auto& value : QJsonDocument::fromJson(json).array())
    tokens.push_back(toToken(value.toObject()));
  return tokens;
}

QByteArray statsToJson(const AnswerStats& s) {
  return QJsonDocument(QJsonObject{{"prompt_tokens", s.promptTokens},
                                   {"tokens", s.tokens},
                                   {"first_token_s", s.firstTokenSeconds},
                                   {"tokens_per_s", s.tokensPerSecond},
                                   {"finish_reason", s.finishReason},
                                   {"error", s.error}})
      .toJson(QJsonDocument::Compact);
}

AnswerStats statsFromJson(const QByteArray& json) {
  const QJsonObject o = QJsonDocument::fromJson(json).object();
  return {o["prompt_tokens"].toInt(),    o["tokens"].toInt(),
          o["first_token_s"].toDouble(), o["tokens_per_s"].toDouble(),
          o["finish_reason"].toString(), o["error"].toString()};
}

}  // namespace orrery::ui
