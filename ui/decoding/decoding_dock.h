#pragma once

#include <QTimer>
#include <QWidget>

#include "core/protocol/generate.h"
#include "ui/shell/services.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace orrery::ui {

class ChatSession;
class DecodingForm;
class DistributionBars;

/// The decoding settings of the chat: presets, every field, and what they do to the next token.
class DecodingDock : public QWidget {
  Q_OBJECT

 public:
  DecodingDock(Services& services, ChatSession& session, QWidget* parent = nullptr);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  QWidget* makePresets();
  void askFields();
  void fillPresets();
  void savePreset();
  void updateActions();
  void explain();
  void showStep(const protocol::ExplainStepResult& step);

  Services& services_;
  ChatSession& session_;
  QComboBox* presets_;
  QPushButton* remove_;
  DecodingForm* form_;
  DistributionBars* bars_;
  QLabel* effect_;
  QTimer explainSoon_;
  bool asked_ = false;
  bool explaining_ = false;
};

}  // namespace orrery::ui
