#include "ui/train/needs_view.h"

#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

QString count(std::int64_t number) {
  return QLocale().toString(static_cast<qlonglong>(number));
}

QString timeOf(double seconds) {
  return seconds < 1 ? NeedsView::tr("%1 ms").arg(1000 * seconds, 0, 'g', 3)
                     : formatDuration(seconds);
}

QString memoryText(const protocol::TrainingMemory& memory) {
  const double model =
      static_cast<double>(memory.weightBytes + memory.gradientBytes + memory.optimizerBytes);
  return NeedsView::tr("%1 of %2 free (model and optimizer %3, a batch %4)")
      .arg(formatBytes(static_cast<double>(memory.totalBytes)),
           formatBytes(static_cast<double>(memory.availableBytes)), formatBytes(model),
           formatBytes(static_cast<double>(memory.activationBytes)));
}

}  // namespace

NeedsView::NeedsView(QWidget* parent) : QFrame(parent) {
  named(this, "train.needs", tr("What the run will take"));
  auto* layout = layCard(this);
  layout->setContentsMargins(12, 8, 12, 8);
  layout->setSpacing(4);
  title_ = makeLabel({}, "muted");
  title_->setWordWrap(true);
  layout->addWidget(title_);
  auto* row = new QHBoxLayout;
  row->setSpacing(10);
  names_ = makeLabel({}, "muted");
  figures_ = makeLabel({});
  figures_->setWordWrap(true);
  figures_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  names_->setAlignment(Qt::AlignTop);
  figures_->setAlignment(Qt::AlignTop);
  row->addWidget(names_);
  row->addWidget(figures_, 1);
  layout->addLayout(row);
  problem_ = named(makeLabel({}, "danger"), "train.needsProblem", tr("What is wrong"));
  problem_->setWordWrap(true);
  layout->addWidget(problem_);
  problem_->hide();
  showFigures(false);
  setStale();
}

void NeedsView::showFigures(bool shown) {
  known_ = shown;
  names_->setVisible(shown);
  figures_->setVisible(shown);
}

void NeedsView::setNeeds(const protocol::MeasureTrainingResult& needs) {
  problem_->hide();
  title_->setText(tr("This run will take"));
  names_->setText(QStringList{tr("Time"), tr("Steps"), tr("Windows"), tr("Model")}.join('\n') +
                  QLatin1Char('\n') + tr("Memory"));
  QStringList figures;
  figures +=
      tr("%1, %2 a step").arg(formatDuration(needs.totalSeconds), timeOf(needs.secondsPerStep));
  figures += tr("%1, %2 an epoch").arg(count(needs.steps), count(needs.stepsPerEpoch));
  figures += QStringLiteral("%1 / %2 / %3")
                 .arg(count(needs.windows.train), count(needs.windows.evaluation),
                      count(needs.windows.test));
  figures += tr("%1 parameters, %2 columns")
                 .arg(formatCount(static_cast<double>(needs.parameters)))
                 .arg(needs.columns.size());
  figures += memoryText(needs.memory);
  figures_->setText(figures.join(QLatin1Char('\n')));
  const bool fits = needs.memory.totalBytes <= needs.memory.availableBytes;
  setLabelKind(title_, fits ? "muted" : "danger");
  if (!fits) title_->setText(tr("This run needs more memory than is free"));
  showFigures(true);
}

void NeedsView::setProblem(const QString& problem) {
  showFigures(false);
  title_->setText(tr("These settings cannot be used"));
  setLabelKind(title_, "muted");
  problem_->setText(problem);
  problem_->show();
}

void NeedsView::setStale() {
  if (known_) {
    title_->setText(tr("Before the last change, it would have taken"));
    return setLabelKind(title_, "muted");
  }
  problem_->hide();
  title_->setText(tr("What it will take is measured when the settings rest."));
}

void NeedsView::setMeasuring(bool measuring) {
  if (!measuring) return;
  problem_->hide();
  setLabelKind(title_, "muted");
  title_->setText(tr("Measuring a few steps\u2026"));
}

QString NeedsView::text() const {
  return known_ ? figures_->text() : problem_->isHidden() ? title_->text() : problem_->text();
}

}  // namespace orrery::ui
