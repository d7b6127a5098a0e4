#include "ui/speech/transcript_view.h"

#include <QContextMenuEvent>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>

#include "ui/speech/words_delegate.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kTimeWidth = 84;

}  // namespace

TranscriptView::TranscriptView(TranscriptModel& model, QWidget* parent)
    : QTableView(parent), model_(model), words_(new WordsDelegate(this)) {
  setModel(&model);
  for (const int column : {TranscriptModel::kText, TranscriptModel::kOther})
    setItemDelegateForColumn(column, words_);
  setShowGrid(false);
  setWordWrap(true);
  setSelectionBehavior(SelectRows);
  setSelectionMode(SingleSelection);
  setVerticalScrollMode(ScrollPerPixel);
  setEditTriggers(EditKeyPressed | DoubleClicked);
  setTabKeyNavigation(false);
  verticalHeader()->hide();
  horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  for (const int column : {TranscriptModel::kText, TranscriptModel::kOther})
    horizontalHeader()->setSectionResizeMode(column, QHeaderView::Stretch);
  horizontalHeader()->setHighlightSections(false);
  for (const int column : {TranscriptModel::kStart, TranscriptModel::kEnd})
    setColumnWidth(column, kTimeWidth);
  setCompared(false);
  const auto fit = [this](int first, int last) {
    fitRows(first, last);
    filterRows(first, last);
  };
  connect(&model, &QAbstractItemModel::modelReset, this,
          [this, fit] { fit(0, model_.rowCount() - 1); });
  connect(&model, &QAbstractItemModel::rowsInserted, this,
          [fit](const QModelIndex&, int first, int last) { fit(first, last); });
  connect(&model, &QAbstractItemModel::dataChanged, this,
          [this](const QModelIndex& first, const QModelIndex& last) {
            fitRows(first.row(), last.row());
          });
}

void TranscriptView::fitRows(int first, int last) {
  for (int row = first; row <= last; ++row) resizeRowToContents(row);
}

void TranscriptView::filterRows(int first, int last) {
  for (int row = first; row <= last; ++row)
    setRowHidden(row, limit_ > 0 && !model_.segment(row).isDoubtful(limit_));
}

void TranscriptView::setDoubtLimit(double limit) {
  limit_ = limit;
  filterRows(0, model_.rowCount() - 1);
}

void TranscriptView::setCompared(bool compared) {
  if (isColumnHidden(TranscriptModel::kOther) != compared) return;
  setColumnHidden(TranscriptModel::kOther, !compared);
  fitRows(0, model_.rowCount() - 1);
}

bool TranscriptView::isText(const QModelIndex& cell) {
  return cell.column() == TranscriptModel::kText || cell.column() == TranscriptModel::kOther;
}

void TranscriptView::follow(double seconds) {
  const int row = model_.rowAt(seconds);
  int word = -1;
  if (row >= 0) {
    const auto& words = model_.segment(row).words;
    for (std::size_t i = 0; i < words.size(); ++i)
      if (words[i].start >= 0 && seconds >= words[i].start) word = static_cast<int>(i);
  }
  const QModelIndex cell = model_.index(row, TranscriptModel::kText);
  if (row == words_->currentRow() && word == words_->currentWord(cell)) return;
  if (row >= 0 && row != words_->currentRow() && !isRowHidden(row)) scrollTo(cell);
  setWord(cell, word);
}

void TranscriptView::setWord(const QModelIndex& cell, int word) {
  words_->setCurrent(cell, word);
  viewport()->update();
}

void TranscriptView::hearWord() {
  const QModelIndex cell = currentIndex();
  if (!cell.isValid() || model_.isDraft(cell.row())) return;
  const HeardSegment& segment = model_.segment(cell.row());
  const auto& words = model_.words(cell);
  const auto at = static_cast<std::size_t>(words_->currentWord(cell));
  if (at >= words.size() || words[at].start < 0) return emit hearAsked(segment.start, segment.end);
  emit hearAsked(words[at].start, words[at].end);
}

void TranscriptView::showOthers(const QPoint& at) {
  const int row = words_->currentRow();
  const int word = words_->currentWord(model_.index(row, TranscriptModel::kText));
  if (row < 0 || word < 0 || model_.isDraft(row)) return;
  const HeardWord chosen = model_.segment(row).words[static_cast<std::size_t>(word)];
  QMenu menu(this);
  menu.setObjectName(QStringLiteral("speech.others"));
  menu.addSection(
      tr("“%1”: %2 %").arg(chosen.text.trimmed()).arg(100 * chosen.probability, 0, 'f', 0));
  for (const OtherWord& other : chosen.others)
    connect(menu.addAction(
                tr("%1   %2 %").arg(other.text.trimmed()).arg(100 * other.probability, 0, 'f', 1)),
            &QAction::triggered, this,
            [this, row, word, other] { model_.choose(row, word, other); });
  if (chosen.others.empty()) menu.addAction(tr("Nothing else was considered"))->setEnabled(false);
  menu.exec(at);
}

void TranscriptView::mouseReleaseEvent(QMouseEvent* event) {
  QTableView::mouseReleaseEvent(event);
  const QModelIndex index = indexAt(event->pos());
  if (!isText(index) || event->button() != Qt::LeftButton) return;
  setWord(index, words_->wordAt(index, visualRect(index), event->pos()));
  hearWord();
}

void TranscriptView::contextMenuEvent(QContextMenuEvent* event) {
  if (event->reason() == QContextMenuEvent::Keyboard)
    return showOthers(viewport()->mapToGlobal(visualRect(currentIndex()).bottomLeft()));
  const QModelIndex index = indexAt(event->pos());
  if (!index.isValid() || index.column() != TranscriptModel::kText) return;
  setCurrentIndex(index);
  setWord(index, words_->wordAt(index, visualRect(index), event->pos()));
  showOthers(event->globalPos());
}

void TranscriptView::keyPressEvent(QKeyEvent* event) {
  const QModelIndex cell = currentIndex();
  const int step = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
  if (isText(cell) && step != 0 && event->modifiers() == Qt::NoModifier) {
    const int count = static_cast<int>(model_.words(cell).size());
    const int known = words_->currentWord(cell);
    const int now = known >= 0 ? known : step > 0 ? -1 : count;
    if (now + step >= 0 && now + step < count) return setWord(cell, now + step);
  }
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) return hearWord();
  QTableView::keyPressEvent(event);
}

void TranscriptView::resizeEvent(QResizeEvent* event) {
  QTableView::resizeEvent(event);
  if (event->oldSize().width() != event->size().width()) fitRows(0, model_.rowCount() - 1);
}

}  // namespace orrery::ui
