#pragma once

#include <QTableView>

#include "ui/speech/transcript_model.h"

namespace orrery::ui {

class WordsDelegate;

/// A transcript that is read, listened to and mended: a click on a word, or Enter, asks to hear it;
/// left and right go from word to word; a right click or the menu key shows what the word could
/// have been; F2 or a double click edits a cell.
class TranscriptView : public QTableView {
  Q_OBJECT

 public:
  explicit TranscriptView(TranscriptModel& model, QWidget* parent = nullptr);

  /// Shows only segments that have a word less likely than this; 0 shows all.
  void setDoubtLimit(double limit);
  /// Shows or hides what another model heard.
  void setCompared(bool compared);
  /// Marks the word that is heard at that moment.
  void follow(double seconds);

 signals:
  void hearAsked(double begin, double end);  ///< seconds

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void fitRows(int first, int last);
  void filterRows(int first, int last);
  void setWord(const QModelIndex& cell, int word);
  static bool isText(const QModelIndex& cell);
  void hearWord();
  void showOthers(const QPoint& at);

  TranscriptModel& model_;
  WordsDelegate* words_;
  double limit_ = 0;
};

}  // namespace orrery::ui
