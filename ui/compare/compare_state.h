#pragma once

#include <QString>
#include <vector>

#include "ui/chat/chat_state.h"
#include "ui/decoding/decoding_state.h"

namespace orrery::ui {

/// One column of a comparison: what it runs with, and what came of it.
struct CompareColumn {
  QString model;
  DecodingSettings decoding;  ///< its seed is the comparison's
  std::vector<ShownToken> tokens;
  QString text;
  AnswerStats stats;
  bool running = false;
};

/// One prompt through several columns. A plain value.
struct CompareState {
  QString prompt;
  QStringList pictures;  ///< files that go with it
  std::int64_t seed = 0;
  std::vector<CompareColumn> columns;

  bool asks() const { return !prompt.trimmed().isEmpty() || !pictures.isEmpty(); }
};

/// The first place where the columns' tokens differ, or -1 while none is known to: a column that is
/// still running may yet agree beyond its end, one that has ended does not. Columns of different
/// models are compared by the text of their tokens. Columns without tokens do not take part.
int firstDivergence(const CompareState& state);

/// The results as a JSON document (a list of name and generate's document) and as CSV, a row per
/// token.
QByteArray toJsonDocument(const CompareState& state);
QByteArray toCsv(const CompareState& state);

/// "A", "B", … and what distinguishes the column.
QString columnName(const CompareState& state, std::size_t column);

}  // namespace orrery::ui
