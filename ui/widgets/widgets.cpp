#include "ui/widgets/widgets.h"

#include <QEvent>
#include <QFrame>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "ui/widgets/icons.h"

namespace orrery::ui {
namespace {

class FocusOnCard : public QObject {
 public:
  FocusOnCard(QWidget* field, QFrame* card) : QObject(card), card_(card) {
    field->installEventFilter(this);
  }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) {
      card_->setProperty("active", event->type() == QEvent::FocusIn);
      card_->style()->unpolish(card_);
      card_->style()->polish(card_);
    }
    return QObject::eventFilter(watched, event);
  }

 private:
  QFrame* card_;
};

}  // namespace

void showFocusOnCard(QWidget* field, QFrame* card) {
  new FocusOnCard(field, card);
}

QString tokensText(int count) {
  return count == 1 ? QObject::tr("1 token")
                    : QObject::tr("%1 tokens").arg(QLocale().toString(count));
}

QLabel* makeLabel(const QString& text, const char* kind) {
  auto* label = ofKind(new QLabel(text), kind);
  label->setTextFormat(Qt::PlainText);
  return label;
}

QPushButton* makeButton(const QString& text, const char* objectName, const char* kind) {
  return ofKind(named(new QPushButton(text), objectName, text), kind);
}

QToolButton* makeIconButton(const char* icon, const QString& text, const char* objectName) {
  auto* button = named(new QToolButton, objectName, text);
  setThemedIcon(button, icon);
  button->setToolTip(text);
  button->setIconSize(QSize(16, 16));
  return button;
}

QWidget* makeEmptyState(const char* icon, const QString& title, const QString& text,
                        QWidget* action) {
  auto* state = new QWidget;
  auto* layout = new QVBoxLayout(state);
  layout->setSpacing(8);
  layout->addStretch(2);
  auto* picture = new QLabel;
  setThemedPicture(picture, icon, 40);
  picture->setAlignment(Qt::AlignCenter);
  auto* heading = makeLabel(title, "heading");
  heading->setAlignment(Qt::AlignCenter);
  auto* sentence = makeLabel(text, "muted");
  sentence->setAlignment(Qt::AlignCenter);
  sentence->setWordWrap(true);
  sentence->setMaximumWidth(420);
  layout->addWidget(picture);
  layout->addWidget(heading);
  auto* row = new QHBoxLayout;  // not an alignment, which would ignore height for width
  row->addStretch(1);
  row->addWidget(sentence, 1000);
  row->addStretch(1);
  layout->addLayout(row);
  if (action) {
    layout->addSpacing(8);
    layout->addWidget(action, 0, Qt::AlignCenter);
  }
  layout->addStretch(3);
  return state;
}

void setLabelKind(QLabel* label, const char* kind) {
  if (label->property("kind") == QString::fromLatin1(kind)) return;
  ofKind(label, kind);
  label->style()->unpolish(label);
  label->style()->polish(label);
}

QFrame* makeCard(QBoxLayout*& layout) {
  auto* card = new QFrame;
  layout = layCard(card);
  return card;
}

QBoxLayout* layCard(QFrame* frame) {
  auto* layout = new QVBoxLayout(ofKind(frame, "card"));
  layout->setContentsMargins(16, 12, 16, 12);
  layout->setSpacing(8);
  return layout;
}

void clearLayout(QLayout& layout) {
  while (QLayoutItem* item = layout.takeAt(0)) {
    delete item->widget();
    delete item;
  }
}

QString formatBytes(double bytes) {
  static constexpr const char* kUnits[] = {"B", "KB", "MB", "GB", "TB"};
  int unit = 0;
  while (bytes >= 1000 && unit < 4) {
    bytes /= 1000;
    ++unit;
  }
  const int decimals = unit >= 3 || (unit > 0 && bytes < 10) ? 1 : 0;
  return QStringLiteral("%1 %2").arg(bytes, 0, 'f', decimals).arg(QLatin1String(kUnits[unit]));
}

QString formatCount(double count) {
  if (count >= 1e9) return QStringLiteral("%1 B").arg(count / 1e9, 0, 'f', 1);
  if (count >= 1e6) return QStringLiteral("%1 M").arg(count / 1e6, 0, 'f', 0);
  if (count >= 1e3) return QStringLiteral("%1 K").arg(count / 1e3, 0, 'f', 0);
  return QString::number(count);
}

QString formatDuration(double seconds) {
  const auto whole = static_cast<qint64>(std::lround(seconds));
  if (whole < 60) return QStringLiteral("%1 s").arg(whole);
  if (whole < 3600)
    return QStringLiteral("%1 min %2 s").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
  return QStringLiteral("%1 h %2 min")
      .arg(whole / 3600)
      .arg(whole / 60 % 60, 2, 10, QLatin1Char('0'));
}

QString visibleToken(const QString& token) {
  QString shown = token;
  shown.replace(QLatin1Char('\n'), QChar(0x21B5)).replace(QLatin1Char('\t'), QChar(0x21E5));
  shown.replace(QLatin1Char(' '), QChar(0x00B7));
  return shown.isEmpty() ? QStringLiteral("\u2205") : shown;
}

}  // namespace orrery::ui
