#include "ui/compare/column_widget.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QEvent>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/chat/markdown_view.h"
#include "ui/decoding/decoding_form.h"
#include "ui/library/model_picker.h"
#include "ui/shell/theme.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {

template <class Widget>
Widget* ColumnWidget::own(Widget* widget, const char* action, const QString& text) {
  return named(
      widget,
      qPrintable(QStringLiteral("compare.column%1.%2").arg(column_).arg(QLatin1String(action))),
      text);
}

ColumnWidget::ColumnWidget(int column, LibraryModel& library, DecodingState& decoding,
                           QWidget* parent)
    : QFrame(parent), column_(column), decodingState_(decoding) {
  ofKind(this, "card");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 10, 12, 10);
  layout->setSpacing(6);
  auto* row = new QHBoxLayout;
  row->setSpacing(6);
  letter_ = makeLabel(QString(QChar(static_cast<char16_t>(u'A' + column))), "heading");
  colourLetter();
  row->addWidget(letter_);
  picker_ = own(new ModelPicker(library), "model", tr("Model of column %1").arg(letter_->text()));
  picker_->setMinimumContentsLength(1);  // four columns fit beside the rail
  picker_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  picker_->setMinimumWidth(70);
  row->addWidget(picker_, 1);
  remove_ = own(makeIconButton("close", tr("Remove this column"), ""), "remove",
                tr("Remove column %1").arg(letter_->text()));
  row->addWidget(remove_);
  layout->addLayout(row);
  settings_ = ofKind(
      own(new QPushButton, "decoding", tr("Decoding settings of column %1").arg(letter_->text())),
      "choice");
  settings_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  setThemedIcon(settings_, "settings");
  layout->addWidget(settings_);
  view_ = own(new MarkdownView, "text", tr("Answer of column %1").arg(letter_->text()));
  auto* page = new QWidget;
  auto* pageLayout = new QVBoxLayout(page);
  pageLayout->setContentsMargins(2, 4, 2, 4);
  hint_ = makeLabel(tr("The answer appears here."), "muted");
  hint_->setWordWrap(true);
  pageLayout->addWidget(hint_);
  pageLayout->addWidget(view_);
  pageLayout->addStretch(1);
  scroll_ = new QScrollArea;
  scroll_->setWidgetResizable(true);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll_->setFocusPolicy(Qt::NoFocus);
  scroll_->setWidget(page);
  page->setAutoFillBackground(false);
  scroll_->viewport()->setAutoFillBackground(false);
  layout->addWidget(scroll_, 1);
  error_ = makeLabel({}, "danger");
  error_->setWordWrap(true);
  layout->addWidget(error_);
  auto* foot = new QHBoxLayout;
  figures_ = makeLabel({}, "small");
  figures_->setWordWrap(true);
  figures_->setMinimumWidth(60);
  again_ = own(new QPushButton(tr("Start again")), "restart",
               tr("Start column %1 again").arg(letter_->text()));
  foot->addWidget(figures_, 1);
  foot->addWidget(again_);
  layout->addLayout(foot);
  error_->hide();
  again_->hide();
  connect(picker_, &ModelPicker::modelChosen, this, &ColumnWidget::modelChosen);
  connect(settings_, &QPushButton::clicked, this, &ColumnWidget::editDecoding);
  connect(remove_, &QToolButton::clicked, this, &ColumnWidget::removeAsked);
  connect(again_, &QPushButton::clicked, this, &ColumnWidget::runAsked);
  connect(view_, &MarkdownView::tokenHovered, this, &ColumnWidget::placeHovered);
  connect(scroll_->verticalScrollBar(), &QScrollBar::rangeChanged, this, [this](int, int end) {
    if (!again_->isVisible()) scroll_->verticalScrollBar()->setValue(end);
  });
}

void ColumnWidget::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) colourLetter();
}

void ColumnWidget::colourLetter() {
  letter_->setStyleSheet(QStringLiteral("color: %1").arg(theme().series(column_).name()));
}

void ColumnWidget::setModel(const QString& model) {
  picker_->setModel(model);
}

void ColumnWidget::setRemovable(bool removable) {
  remove_->setVisible(removable);
}

QString ColumnWidget::figures(const CompareColumn& column) const {
  if (column.running && column.tokens.empty()) return tr("Reading the prompt…");
  if (column.tokens.empty()) return {};
  QStringList parts{tokensText(static_cast<int>(column.tokens.size()))};
  double sum = 0;
  for (const ShownToken& token : column.tokens) sum += token.logprob;
  parts += tr("log-probability %1").arg(sum, 0, 'f', 2);
  if (column.stats.tokensPerSecond > 0)
    parts += tr("%1 tokens/s").arg(column.stats.tokensPerSecond, 0, 'f', 1);
  return parts.join(QStringLiteral(" \u00B7 "));
}

void ColumnWidget::show(const CompareColumn& column, int divergence) {
  if (column.decoding != decoding_ || decodingName_.isEmpty()) {  // presets are read from a file
    decoding_ = column.decoding;
    const QString preset = decodingState_.presetOf(decoding_);
    decodingName_ = preset.isEmpty() ? summary(decoding_) : preset;
    settings_->setToolTip(summary(decoding_));
  }
  settings_->setText(
      settings_->fontMetrics().elidedText(decodingName_, Qt::ElideRight, settings_->width() - 48));
  view_->setMarkedToken(divergence);
  view_->setTokens(column.tokens);
  hint_->setVisible(column.tokens.empty() && !column.running && column.stats.error.isEmpty());
  figures_->setText(figures(column));
  error_->setText(column.stats.error);
  error_->setVisible(!column.stats.error.isEmpty());
  again_->setVisible(!column.stats.error.isEmpty());
}

void ColumnWidget::highlightToken(int place) {
  view_->highlightToken(place);
}

void ColumnWidget::editDecoding() {
  QDialog dialog(this);
  dialog.setWindowTitle(
      tr("Decoding settings of column %1").arg(QChar(static_cast<char16_t>(u'A' + column_))));
  dialog.resize(420, 560);
  auto* layout = new QVBoxLayout(&dialog);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  auto* page = ofKind(new QWidget, "page");
  auto* pageLayout = new QVBoxLayout(page);
  auto* form = new DecodingForm(decodingState_);
  form->setSettings(decoding_);
  pageLayout->addWidget(form);
  pageLayout->addStretch(1);
  scroll->setWidget(page);
  layout->addWidget(scroll, 1);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  buttons->button(QDialogButtonBox::Close)->setIcon({});
  named(buttons->button(QDialogButtonBox::Close), "compare.closeDecoding", tr("Close"));
  layout->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
  connect(form, &DecodingForm::edited, this, &ColumnWidget::decodingEdited);
  dialog.exec();
}

}  // namespace orrery::ui
