#pragma once

#include <QString>

namespace orrery::ui {

struct Theme;

/// The application's style sheet in the colours of `theme`.
QString renderStyleSheet(const Theme& theme);

}  // namespace orrery::ui
