#pragma once

#include <QTimer>
#include <set>
#include <vector>

#include "ui/shell/panel.h"
#include "ui/shell/services.h"

class QHBoxLayout;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace orrery::ui {

class ColumnWidget;
class CompareRunner;
class PictureStrip;
class TokenCurves;

/// One prompt through two to four columns, with curves below.
class ComparePanel : public Panel {
  Q_OBJECT

 public:
  explicit ComparePanel(Services& services, QWidget* parent = nullptr);

  void focusMain() override;
  void setModel(const QString& model) override;  ///< of every column
  void setPrompt(const QString& prompt) override;
  /// Attaches a picture.
  void openFile(const QString& file) override { attach({file}); }
  void attach(const QStringList& pictures);
  void run() override;
  void stop() override;
  void addColumn();
  /// Asks for a file and writes the results; its ending (.json, .csv, .png) says the format.
  void exportResults();
  /// The same without asking; an Error if it cannot be written.
  void writeResults(const QString& path);
  CompareRunner& runner() { return *runner_; }

 private:
  QWidget* makeHeader();
  QWidget* makePrompt();
  void rebuildColumns();
  void removeColumn(int column);
  void onColumnChanged(int column);
  void draw();
  void drawCurves(int divergence);
  void showPlace(int place);
  void updateActions();
  void saveColumns() const;
  void loadColumns();

  Services& services_;
  CompareRunner* runner_;
  QPlainTextEdit* prompt_;
  PictureStrip* pictures_;
  QSpinBox* seed_;
  QPushButton* run_;
  QPushButton* add_;
  QPushButton* export_;
  QHBoxLayout* columnsLayout_;
  std::vector<ColumnWidget*> columns_;
  TokenCurves* curves_;
  std::set<int> stale_;  ///< columns to draw with the next frame
  QTimer frame_;
};

}  // namespace orrery::ui
