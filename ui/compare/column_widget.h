#pragma once

#include <QFrame>

#include "ui/compare/compare_state.h"

class QLabel;
class QPushButton;
class QScrollArea;
class QToolButton;

namespace orrery::ui {

class DecodingState;
class LibraryModel;
class MarkdownView;
class ModelPicker;

/// One column of the comparison.
class ColumnWidget : public QFrame {
  Q_OBJECT

 public:
  ColumnWidget(int column, LibraryModel& library, DecodingState& decoding,
               QWidget* parent = nullptr);

  void setModel(const QString& model);
  void show(const CompareColumn& column, int divergence);
  void highlightToken(int place);
  void setRemovable(bool removable);

 signals:
  void modelChosen(const QString& model);
  void decodingEdited(const orrery::ui::DecodingSettings& decoding);
  void placeHovered(int place);
  void removeAsked();
  void runAsked();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void colourLetter();
  void editDecoding();
  QString figures(const CompareColumn& column) const;
  template <class Widget>
  Widget* own(Widget* widget, const char* action, const QString& text);

  int column_;
  DecodingState& decodingState_;
  QString decodingName_;  ///< a preset, or what is set
  DecodingSettings decoding_;
  QLabel* letter_;
  ModelPicker* picker_;
  QPushButton* settings_;
  QToolButton* remove_;
  QScrollArea* scroll_;
  MarkdownView* view_;
  QLabel* hint_;
  QLabel* figures_;
  QLabel* error_;
  QPushButton* again_;
};

}  // namespace orrery::ui
