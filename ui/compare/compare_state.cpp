#include "ui/compare/compare_state.h"

#include <QFileInfo>
#include <algorithm>
#include <cmath>

#include "core/base/json.h"

namespace orrery::ui {
namespace {

QByteArray csvText(const QString& text) {
  QString quotedText = text;
  quotedText.replace(QLatin1Char('"'), QStringLiteral("\"\""));
  return '"' + quotedText.toUtf8() + '"';
}

OrderedJson tokenJson(const ShownToken& token) {
  OrderedJson top = OrderedJson::array();
  for (const Alternative& a : token.top)
    top.push_back({{"id", a.id}, {"text", a.text.toStdString()}, {"logprob", a.logprob}});
  return {{"id", token.id},
          {"text", token.text.toStdString()},
          {"logprob", token.logprob},
          {"entropy", token.entropy},
          {"top", top}};
}

}  // namespace

int firstDivergence(const CompareState& state) {
  std::vector<const CompareColumn*> columns;
  for (const CompareColumn& column : state.columns)
    if (!column.tokens.empty()) columns.push_back(&column);
  if (columns.size() < 2) return -1;
  const bool oneModel = std::all_of(columns.begin(), columns.end(), [&](const CompareColumn* c) {
    return c->model == columns.front()->model;
  });
  for (std::size_t place = 0;; ++place) {
    const ShownToken* first = nullptr;
    bool ended = false;
    bool waiting = false;
    for (const CompareColumn* column : columns) {
      if (place >= column->tokens.size()) {
        (column->running ? waiting : ended) = true;
        continue;
      }
      const ShownToken& token = column->tokens[place];
      if (!first)
        first = &token;
      else if (oneModel ? token.id != first->id : token.text != first->text)
        return static_cast<int>(place);
    }
    if (!first) return -1;
    if (ended) return static_cast<int>(place);
    if (waiting) return -1;
  }
}

QString columnName(const CompareState& state, std::size_t column) {
  const CompareColumn& c = state.columns[column];
  const QChar letter(static_cast<char16_t>(u'A' + column));
  return QStringLiteral("%1 \u00B7 %2 \u00B7 %3")
      .arg(letter)
      .arg(QFileInfo(c.model).completeBaseName(), summary(c.decoding));
}

QByteArray toJsonDocument(const CompareState& state) {
  OrderedJson list = OrderedJson::array();
  OrderedJson pictures = OrderedJson::array();
  for (const QString& file : state.pictures) pictures.push_back(file.toStdString());
  for (std::size_t i = 0; i < state.columns.size(); ++i) {
    const CompareColumn& c = state.columns[i];
    OrderedJson ids = OrderedJson::array();
    OrderedJson tokens = OrderedJson::array();
    double score = 0;
    for (const ShownToken& token : c.tokens) {
      ids.push_back(token.id);
      tokens.push_back(tokenJson(token));
      score += token.logprob;
    }
    OrderedJson sequence{{"ids", ids},
                         {"text", c.text.toStdString()},
                         {"score", score},
                         {"finish_reason", c.stats.finishReason.toStdString()},
                         {"tokens", tokens}};
    list.push_back({{"name", columnName(state, i).toStdString()},
                    {"model", c.model.toStdString()},
                    {"generation", c.decoding.fields},
                    {"strategy", c.decoding.strategy},
                    {"seed", state.seed},
                    {"prompt", state.prompt.toStdString()},
                    {"pictures", pictures},
                    {"error", c.stats.error.toStdString()},
                    {"sequences", OrderedJson::array({sequence})}});
  }
  return QByteArray::fromStdString(list.dump(2));
}

QByteArray toCsv(const CompareState& state) {
  QByteArray out = "column,place,id,text,logprob,probability,entropy,cumulative_logprob\n";
  for (std::size_t i = 0; i < state.columns.size(); ++i) {
    double sum = 0;
    for (std::size_t place = 0; place < state.columns[i].tokens.size(); ++place) {
      const ShownToken& token = state.columns[i].tokens[place];
      sum += token.logprob;
      out +=
          csvText(columnName(state, i)) + ',' + QByteArray::number(static_cast<qulonglong>(place)) +
          ',' + QByteArray::number(token.id) + ',' + csvText(token.text) + ',' +
          QByteArray::number(token.logprob, 'g', 9) + ',' +
          QByteArray::number(std::exp(token.logprob), 'g', 9) + ',' +
          QByteArray::number(token.entropy, 'g', 9) + ',' + QByteArray::number(sum, 'g', 9) + '\n';
    }
  }
  return out;
}

}  // namespace orrery::ui
