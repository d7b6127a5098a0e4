#pragma once

#include <QLabel>
#include <QPushButton>

#include "tests/ui/workbench.h"
#include "ui/train/curve_plot.h"
#include "ui/train/train_curves.h"
#include "ui/train/train_form.h"
#include "ui/train/train_panel.h"

namespace orrery::test {

/// The train panel over the fake engine, whose runs go as `train` says.
struct TrainBench : Workbench {
  explicit TrainBench(const Json& train = Json::object())
      : Workbench(Json{{"train", train}}), panel(window->train()) {
    window->resize(1280, 800);
    window->showPanel("train");
    panel.form().set("train_file", folder.filePath("series.csv").toStdString());
  }
  void runToTheEnd() {
    panel.run();
    QTRY_VERIFY(!panel.busy());
  }
  const ui::RunEntry& run(int row = 0) { return panel.runs().entry(row); }
  QString label(const char* name) {
    auto* found = panel.findChild<QLabel*>(name);
    return found && found->isVisible() ? found->text() : QString();
  }
  QPushButton& button(const char* name) { return *panel.findChild<QPushButton*>(name); }

  ui::TrainPanel& panel;
};

}  // namespace orrery::test
