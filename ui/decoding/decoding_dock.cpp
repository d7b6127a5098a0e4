#include "ui/decoding/decoding_dock.h"

#include <QComboBox>
#include <QInputDialog>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <cmath>

#include "ui/chat/chat_session.h"
#include "ui/decoding/decoding_form.h"
#include "ui/engine/engine_pool.h"
#include "ui/plots/distribution_bars.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kExplainMilliseconds = 250;
constexpr int kBars = 10;

}  // namespace

DecodingDock::DecodingDock(Services& services, ChatSession& session, QWidget* parent)
    : QWidget(parent), services_(services), session_(session) {
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  auto* scroll = named(new QScrollArea, "decoding.scroll", tr("Decoding settings"));
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto* page = ofKind(new QWidget, "page");
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(14, 12, 12, 12);
  layout->setSpacing(10);
  layout->addWidget(makePresets());
  layout->addWidget(makeLabel(tr("What the settings do"), "heading"));
  effect_ = makeLabel({}, "small");
  effect_->setWordWrap(true);
  layout->addWidget(effect_);
  bars_ = new DistributionBars;
  bars_->hide();
  layout->addWidget(bars_);
  form_ = new DecodingForm(services_.decoding);
  layout->addWidget(form_);
  layout->addStretch(1);
  scroll->setWidget(page);
  outer->addWidget(scroll);
  explainSoon_.setSingleShot(true);
  explainSoon_.setInterval(kExplainMilliseconds);
  connect(&explainSoon_, &QTimer::timeout, this, &DecodingDock::explain);
  connect(form_, &DecodingForm::edited, &services_.decoding, &DecodingState::setSettings);
  connect(&services_.decoding, &DecodingState::settingsChanged, this, [this] {
    form_->setSettings(services_.decoding.settings());
    explainSoon_.start();
  });
  connect(&session_, &ChatSession::busyChanged, this, [this] { explainSoon_.start(); });
  connect(&session_, &ChatSession::inspectedChanged, this, [this] { explainSoon_.start(); });
  connect(&session_, &ChatSession::opened, this, [this] { explainSoon_.start(); });
  connect(&session_, &ChatSession::engineChanged, this, [this] { explainSoon_.start(); });
  form_->setSettings(services_.decoding.settings());
  fillPresets();
  explain();
}

QWidget* DecodingDock::makePresets() {
  auto* widget = new QWidget;
  auto* column = new QVBoxLayout(widget);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  presets_ = named(new QComboBox, "decoding.preset", tr("Preset"));
  presets_->setPlaceholderText(tr("Presets"));
  presets_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  auto* row = new QHBoxLayout;
  row->setSpacing(6);
  auto* save = makeButton(tr("Save…"), "decoding.savePreset");
  save->setToolTip(tr("Save these settings as a preset"));
  remove_ = makeButton(tr("Delete"), "decoding.deletePreset", "flat");
  remove_->setToolTip(tr("Delete the chosen preset; those that come with Orrery stay"));
  auto* reset = makeButton(tr("Reset"), "decoding.reset", "flat");
  reset->setToolTip(tr("Use the model's own settings"));
  column->addWidget(presets_);
  row->addWidget(save);
  row->addWidget(remove_);
  row->addStretch(1);
  row->addWidget(reset);
  column->addLayout(row);
  connect(presets_, &QComboBox::textActivated, this, [this](const QString& name) {
    DecodingSettings chosen = services_.decoding.preset(name);
    services_.decoding.setSettings(chosen);
  });
  connect(save, &QPushButton::clicked, this, &DecodingDock::savePreset);
  connect(presets_, &QComboBox::currentTextChanged, this, &DecodingDock::updateActions);
  connect(remove_, &QPushButton::clicked, this, [this] {
    const QString name = presets_->currentText();
    presets_->setCurrentIndex(-1);
    services_.decoding.removePreset(name);
  });
  connect(reset, &QPushButton::clicked, this, [this] {
    presets_->setCurrentIndex(-1);
    services_.decoding.setSettings({});
  });
  connect(&services_.decoding, &DecodingState::presetsChanged, this, &DecodingDock::fillPresets);
  return widget;
}

void DecodingDock::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  askFields();
}

void DecodingDock::askFields() {
  if (asked_) return;
  asked_ = true;
  services_.engines.files().request<protocol::GenerationFieldsParams>(
      {}, this,
      [this](const protocol::GenerationFieldsResult& result) {
        services_.decoding.setFields(result);
      },
      [this](const EngineError& error) {
        asked_ = false;
        effect_->setText(error.message);
      });
}

void DecodingDock::fillPresets() {
  const QString current = presets_->currentText();
  presets_->clear();
  presets_->addItems(services_.decoding.presets());
  presets_->setCurrentIndex(presets_->findText(current));
  updateActions();
}

void DecodingDock::updateActions() {
  remove_->setEnabled(services_.decoding.isSaved(presets_->currentText()));
}

void DecodingDock::savePreset() {
  bool accepted = false;
  const QString name = QInputDialog::getText(this, tr("Save preset"), tr("Name"), QLineEdit::Normal,
                                             presets_->currentText(), &accepted)
                           .trimmed();
  if (!accepted || name.isEmpty()) return;
  services_.decoding.savePreset(name, services_.decoding.settings());
  presets_->setCurrentIndex(presets_->findText(name));
}

void DecodingDock::explain() {
  ModelEngine* engine = session_.engine();
  const bool ready = engine && engine->state() == ModelEngine::State::kReady;
  if (!ready || session_.state().messages.empty()) {
    bars_->hide();
    effect_->setText(
        tr("Once there is an answer, bars show here what the settings do to a token of it: to the "
           "first, or the one you click."));
    return;
  }
  if (explaining_ || session_.busy() || !isVisible()) return;
  explaining_ = true;
  protocol::ExplainStepParams params;
  params.prompt = session_.stepPrompt();
  params.generation = services_.decoding.settings().fields;
  params.top = kBars;
  engine->process().request<protocol::ExplainStepParams>(
      params, this,
      [this](const protocol::ExplainStepResult& step) {
        explaining_ = false;
        showStep(step);
      },
      [this](const EngineError& error) {
        explaining_ = false;
        bars_->hide();
        effect_->setText(error.message);
      });
}

void DecodingDock::showStep(const protocol::ExplainStepResult& step) {
  std::vector<DistributionBar> bars;
  for (const protocol::Candidate& c : step.candidates)
    bars.push_back({QString::fromStdString(c.text), std::exp(c.rawLogprob), std::exp(c.logprob)});
  if (bars.size() > kBars) bars.resize(kBars);
  bars_->setData(std::move(bars));
  bars_->show();
  effect_->setText(tr("Token %1 of the answer. Grey: the model's own probabilities, entropy "
                      "%2 nats. Coloured: with these settings, entropy %3 nats, %4 possible.")
                       .arg(session_.inspectedIndex() + 1)
                       .arg(step.rawEntropy, 0, 'f', 2)
                       .arg(step.entropy, 0, 'f', 2)
                       .arg(tokensText(step.kept)));
}

}  // namespace orrery::ui
