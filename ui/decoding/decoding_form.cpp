#include "ui/decoding/decoding_form.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpressionValidator>
#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/decoding/field_editor.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {

DecodingForm::DecodingForm(DecodingState& state, QWidget* parent) : QWidget(parent), state_(state) {
  list_ = new QVBoxLayout(this);
  list_->setContentsMargins(0, 0, 0, 0);
  list_->setSpacing(8);
  auto* top = new QFormLayout;
  top->setHorizontalSpacing(14);
  top->setVerticalSpacing(6);
  top->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  top->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  strategy_ = named(new QComboBox, "decoding.strategy", tr("Strategy"));
  strategy_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  strategy_->setMinimumContentsLength(10);
  seed_ = named(new QLineEdit, "decoding.seed", tr("Seed"));
  seed_->setPlaceholderText(tr("another each time"));
  seed_->setValidator(
      new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[0-9]{0,18}")), seed_));
  top->addRow(tr("Strategy"), strategy_);
  top->addRow(tr("Seed"), seed_);
  list_->addLayout(top);
  search_ = named(new QLineEdit, "decoding.search", tr("Find a setting"));
  search_->setPlaceholderText(tr("Find a setting"));
  search_->setClearButtonEnabled(true);
  list_->addWidget(search_);
  connect(search_, &QLineEdit::textChanged, this, &DecodingForm::filter);
  connect(strategy_, &QComboBox::activated, this, [this] {
    settings_.strategy = strategy_->currentData().toString().toStdString();
    emit edited(settings_);
  });
  connect(seed_, &QLineEdit::editingFinished, this, [this] {
    const QString text = seed_->text();
    settings_.seed = text.isEmpty() ? std::nullopt : std::optional<std::int64_t>(text.toLongLong());
    emit edited(settings_);
  });
  connect(&state_, &DecodingState::fieldsChanged, this, &DecodingForm::build);
  build();
}

void DecodingForm::build() {
  delete fields_;
  editors_.clear();
  fields_ = new QWidget;
  auto* layout = new QVBoxLayout(fields_);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(2);
  std::string group;
  for (const protocol::GenerationField& field : state_.fields().list) {
    if (field.group != group && !field.group.empty()) {
      group = field.group;
      QString title = QString::fromStdString(group);
      title[0] = title[0].toUpper();
      auto* heading = makeLabel(title, "heading");
      heading->setContentsMargins(0, 10, 0, 2);
      layout->addWidget(heading);
    }
    auto* editor = new FieldEditor(field);
    layout->addWidget(editor);
    editors_.push_back(editor);
    connect(editor, &FieldEditor::valueChanged, this,
            [this](const std::string& name, const Json& value) {
              if (value.is_null())
                settings_.fields.erase(name);
              else
                settings_.fields[name] = value;
              emit edited(settings_);
            });
  }
  list_->addWidget(fields_);
  strategy_->clear();
  strategy_->addItem(tr("what the fields say"), QString());
  for (const std::string& name : state_.fields().strategies)
    strategy_->addItem(QString::fromStdString(name), QString::fromStdString(name));
  display();
  filter(search_->text());
}

void DecodingForm::filter(const QString& text) {
  for (FieldEditor* editor : editors_)
    editor->setVisible(text.trimmed().isEmpty() ||
                       editor->searchText().contains(text.trimmed(), Qt::CaseInsensitive));
}

void DecodingForm::setSettings(const DecodingSettings& settings) {
  if (settings == settings_) return;
  settings_ = settings;
  display();
}

void DecodingForm::display() {
  for (FieldEditor* editor : editors_) {
    const auto value = settings_.fields.find(editor->name());
    editor->setValue(value == settings_.fields.end() ? Json() : *value);
  }
  strategy_->setCurrentIndex(
      std::max(0, strategy_->findData(QString::fromStdString(settings_.strategy))));
  seed_->setText(settings_.seed ? QString::number(*settings_.seed) : QString());
}

}  // namespace orrery::ui
