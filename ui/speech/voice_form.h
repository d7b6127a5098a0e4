#pragma once

#include <QWidget>

#include "core/base/json.h"
#include "core/protocol/sound.h"
#include "ui/shell/services.h"

class QDoubleSpinBox;
class QLineEdit;
class QSpinBox;
class QStackedWidget;

namespace orrery::ui {

class ModelPicker;

/// The options of text-to-audio that a kind of model has.
class VoiceForm : public QWidget {
  Q_OBJECT

 public:
  explicit VoiceForm(Services& services, QWidget* parent = nullptr);

  /// Shows the options of that model, at the values of its own.
  void setModel(const protocol::SoundModelResult& model);
  Json options() const;

 private:
  QWidget* makeWaveform();
  QWidget* makeSpectrogram();
  void askForVoice();

  Services& services_;
  protocol::SoundModelResult facts_;
  QStackedWidget* kinds_;
  QSpinBox* speaker_;
  QDoubleSpinBox* rate_;
  QDoubleSpinBox* variation_;
  QDoubleSpinBox* rhythm_;
  ModelPicker* vocoder_;
  QLineEdit* voice_;
  QSpinBox* seed_;
};

}  // namespace orrery::ui
