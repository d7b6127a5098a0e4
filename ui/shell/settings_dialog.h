#pragma once

#include <QDialog>

#include "ui/shell/theme.h"

class QListWidget;

namespace orrery::ui {

class LibraryModel;

/// Appearance and the folders of the library. Changes take effect and are kept at once.
class SettingsDialog : public QDialog {
  Q_OBJECT

 public:
  SettingsDialog(const ThemeController& theme, LibraryModel& library, QWidget* parent = nullptr);

 signals:
  void textSizeChosen(int percent);
  void themeChosen(orrery::ui::ThemeMode mode);

 private:
  void fillFolders();

  LibraryModel& library_;
  QListWidget* folders_;
};

}  // namespace orrery::ui
