#pragma once

#include <QDialog>

#include "ui/train/runs_model.h"

namespace orrery::ui {

/// In which settings two runs differ.
class SettingsDifference : public QDialog {
  Q_OBJECT

 public:
  SettingsDifference(const RunEntry& first, const RunEntry& second, QWidget* parent = nullptr);
};

}  // namespace orrery::ui
