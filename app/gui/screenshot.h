#pragma once

#include <QTimer>

#include "app/gui/command_line.h"
#include "ui/shell/services.h"

namespace orrery::ui {
class MainWindow;
}

namespace orrery::gui {

/// With --screenshot: waits until the library is read and no job runs, writes the window, and ends
/// the program with 0, or with 1 if the file could not be written. Without: does nothing.
class Screenshot : public QObject {
  Q_OBJECT

 public:
  Screenshot(ui::MainWindow& window, ui::Services& services, const Options& options);

 private:
  void look();
  void write();

  ui::MainWindow& window_;
  ui::Services& services_;
  Options options_;
  QTimer timer_;
  int quiet_ = 0;  ///< how many looks in a row found nothing running
};

}  // namespace orrery::gui
