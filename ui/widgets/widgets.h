#pragma once

#include <QString>
#include <QWidget>

class QBoxLayout;
class QFrame;
class QLabel;
class QLayout;
class QPushButton;
class QToolButton;

namespace orrery::ui {

/// Gives a widget its object name ("panel.widget") and the name that a screen reader says.
template <class Widget>
Widget* named(Widget* widget, const char* objectName, const QString& accessibleName) {
  widget->setObjectName(QString::fromLatin1(objectName));
  widget->setAccessibleName(accessibleName);
  return widget;
}

/// Selects a variant of the style sheet: "title", "muted", "primary", "card", …
template <class Widget>
Widget* ofKind(Widget* widget, const char* kind) {
  widget->setProperty("kind", QString::fromLatin1(kind));
  return widget;
}

/// A label of a kind; its text can be selected but takes no room of its own when empty.
QLabel* makeLabel(const QString& text, const char* kind = "");

/// A push button whose accessible name is its text.
QPushButton* makeButton(const QString& text, const char* objectName, const char* kind = "");

/// A small square button with an icon of ui/widgets/icons.h; `text` is its tooltip and spoken name.
QToolButton* makeIconButton(const char* icon, const QString& text, const char* objectName);

/// What a panel shows while it has nothing: an icon, one line, one sentence, and room for buttons.
QWidget* makeEmptyState(const char* icon, const QString& title, const QString& text,
                        QWidget* action = nullptr);

/// Gives a label another kind.
void setLabelKind(QLabel* label, const char* kind);

/// A frame with the card look and a vertical layout.
QFrame* makeCard(QBoxLayout*& layout);
/// Gives a frame that look and layout.
QBoxLayout* layCard(QFrame* frame);

/// Deletes all that is in a layout.
void clearLayout(QLayout& layout);

/// Draws the frame of `card` as focused while `field`, which has no frame of its own, is.
void showFocusOnCard(QWidget* field, QFrame* card);

/// "1 token", "20 tokens".
QString tokensText(int count);
/// "1.3 GB", "98 MB", "512 KB".
QString formatBytes(double bytes);
/// "135 M", "7.2 B".
QString formatCount(double count);
/// "3 s", "2 min 05 s".
QString formatDuration(double seconds);
/// A token as it is shown in one line: spaces, tabs and line ends made visible.
QString visibleToken(const QString& token);

}  // namespace orrery::ui
