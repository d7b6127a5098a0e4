#pragma once

#include <QDialog>

namespace orrery::ui {

/// What Orrery is, under which licences it and what it links are distributed.
class AboutDialog : public QDialog {
  Q_OBJECT

 public:
  explicit AboutDialog(QWidget* parent = nullptr);
};

}  // namespace orrery::ui
