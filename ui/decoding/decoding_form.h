#pragma once

#include <QWidget>
#include <vector>

#include "ui/decoding/decoding_state.h"

class QComboBox;
class QLineEdit;
class QVBoxLayout;

namespace orrery::ui {

class FieldEditor;

/// A form over every field that the engine honours, for one set of settings. Used by the decoding
/// dock and by the columns of a comparison.
class DecodingForm : public QWidget {
  Q_OBJECT

 public:
  explicit DecodingForm(DecodingState& state, QWidget* parent = nullptr);

  void setSettings(const DecodingSettings& settings);
  const DecodingSettings& settings() const { return settings_; }

 signals:
  void edited(const orrery::ui::DecodingSettings& settings);

 private:
  void build();
  void filter(const QString& text);
  void display();

  DecodingState& state_;
  DecodingSettings settings_;
  QComboBox* strategy_;
  QLineEdit* seed_;
  QLineEdit* search_;
  QVBoxLayout* list_;
  QWidget* fields_ = nullptr;
  std::vector<FieldEditor*> editors_;
};

}  // namespace orrery::ui
