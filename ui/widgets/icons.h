#pragma once

#include <QIcon>

class QAbstractButton;
class QLabel;

namespace orrery::ui {

/// The line icon of that name ("chat", "library", "send", …) drawn in `color` at any size.
QIcon icon(const char* name, const QColor& color);

/// Gives a button an icon in the text colour of the theme, drawn anew when the theme changes.
void setThemedIcon(QAbstractButton* button, const char* name);

/// The same for a label, in the muted colour, `size` pixels wide.
void setThemedPicture(QLabel* label, const char* name, int size);

}  // namespace orrery::ui
