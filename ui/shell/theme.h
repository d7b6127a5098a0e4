#pragma once

#include <QColor>
#include <QObject>
#include <QPalette>

class QApplication;
class QDBusVariant;

namespace orrery::ui {

enum class ThemeMode { kSystem, kLight, kDark };

/// Name of a mode in the settings file: "system", "light", "dark".
QString themeModeName(ThemeMode mode);
ThemeMode themeModeFromName(const QString& name);

/// The colours of the window. Every widget and plot takes its colours from here.
struct Theme {
  bool dark = false;
  QColor window;   ///< behind everything
  QColor surface;  ///< lists, text, cards
  QColor raised;   ///< hovered rows, code, user messages
  QColor border;
  QColor text;
  QColor muted;  ///< secondary text
  QColor accent;
  QColor onAccent;
  QColor accentSoft;  ///< selected rows
  QColor danger;
  QColor success;
  QColor warning;

  /// Colour of the i-th column or curve; four are distinct, also for colour-blind eyes.
  QColor series(int i) const;
  /// Background that tints a token of probability `p`: clear when certain, strong when unlikely.
  QColor tint(double p) const;
  QPalette palette() const;
  QString styleSheet() const;

  static Theme light();
  static Theme darkTheme();
};

/// The theme in use.
const Theme& theme();

/// Applies a theme to the application and follows the system's preference while the mode is
/// kSystem.
class ThemeController : public QObject {
  Q_OBJECT

 public:
  explicit ThemeController(QApplication& app);

  void setMode(ThemeMode mode);
  ThemeMode mode() const { return mode_; }
  /// Size of all text in percent of the system's (at least 10 points), between 80 and 200.
  void setTextSize(int percent);
  int textSize() const { return textSize_; }

 signals:
  void changed();

 private slots:
  void onPortalSetting(const QString& group, const QString& key, const QDBusVariant& value);

 private:
  void askPortal();
  void apply();

  QApplication& app_;
  ThemeMode mode_ = ThemeMode::kSystem;
  bool systemDark_ = false;
  double systemPoints_;
  int textSize_ = 100;
};

}  // namespace orrery::ui
