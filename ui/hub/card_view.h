#pragma once

#include <QWidget>

class QFrame;
class QLabel;
class QPushButton;

namespace orrery::ui {

class CardPictures;
class EngineProcess;
class MarkdownView;

/// A model's card, and above it the offer to show its pictures, with the hosts that would be asked:
/// nothing remote is fetched before that click.
class CardView : public QWidget {
  Q_OBJECT

 public:
  explicit CardView(EngineProcess& engine, QWidget* parent = nullptr);

  /// Shows a text made by cardMarkdown().
  void setCard(const QString& markdown);
  MarkdownView& text() { return *text_; }

 private:
  QFrame* makeOffer();
  void showOffer();

  CardPictures* pictures_;
  MarkdownView* text_;
  QFrame* offer_;
  QLabel* offerText_;
  QPushButton* button_;
};

}  // namespace orrery::ui
