#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QListView>
#include <QProgressBar>
#include <QPushButton>
#include <QShortcut>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/library/model_picker.h"
#include "ui/speech/language_box.h"
#include "ui/speech/listen_page.h"
#include "ui/speech/play_bar.h"
#include "ui/speech/transcript_view.h"
#include "ui/speech/wave_view.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kDoubtful = 50;  // percent

QToolButton* makeToggle(const QString& text, const char* objectName, const QString& tip) {
  auto* button = ofKind(named(new QToolButton, objectName, tip), "tool");
  button->setText(text);
  button->setToolTip(tip);
  button->setCheckable(true);
  return button;
}

}  // namespace

QWidget* ListenPage::makeTools() {
  auto* tools = new QWidget;
  auto* row = new QHBoxLayout(tools);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  record_ =
      ofKind(makeToggle(tr("Record"), "speech.record", tr("Record from a microphone")), "chip");
  row->addWidget(record_);
  export_ = makeButton(tr("Export…"), "speech.export");
  row->addWidget(export_);
  run_ = makeButton(tr("Run"), "speech.run", "primary");
  run_->setMinimumWidth(84);
  row->addWidget(run_);
  return tools;
}

QWidget* ListenPage::makeSettings() {
  auto* settings = new QWidget;
  auto* row = new QHBoxLayout(settings);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  picker_ = named(new ModelPicker(services_.library), "speech.model", tr("Model"));
  row->addWidget(picker_, 1);
  compare_ = ofKind(makeToggle(tr("Compare with…"), "speech.compare",
                               tr("Have a second model hear it too and show where they differ")),
                    "chip");
  row->addWidget(compare_);
  other_ = named(new ModelPicker(services_.library), "speech.otherModel", tr("Second model"));
  other_->hide();
  row->addWidget(other_, 1);
  task_ = named(new QComboBox, "speech.task", tr("Task"));
  task_->addItems({tr("Write down"), tr("Translate to English")});
  row->addWidget(task_);
  language_ = named(new LanguageBox, "speech.language", tr("Language that is spoken"));
  language_->setFixedWidth(190);
  row->addWidget(language_);
  row->addStretch(1);
  return settings;
}

QWidget* ListenPage::makeQueue() {
  auto* side = new QWidget;
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 0, 0);
  list_ = named(new QListView, "speech.queue", tr("Recordings; Delete takes one off the list"));
  list_->setModel(queue_);
  list_->setTextElideMode(Qt::ElideMiddle);
  layout->addWidget(list_, 1);
  auto* add = makeButton(tr("Add recordings…"), "speech.add");
  layout->addWidget(add);
  connect(add, &QPushButton::clicked, this, &ListenPage::askForSounds);
  auto* remove = new QShortcut(QKeySequence::Delete, list_, nullptr, nullptr, Qt::WidgetShortcut);
  connect(remove, &QShortcut::activated, this, [this] {
    const int row = list_->currentIndex().row();
    if (row < 0 || queue_->item(row).file == running_) return;
    queue_->remove(row);
    show(list_->currentIndex().row());
  });
  return side;
}

QWidget* ListenPage::makeTransport() {
  auto* bar = new QWidget;
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(6);
  bar_ = new PlayBar(*player_, *wave_, QStringLiteral("speech"));
  row->addWidget(bar_);
  loop_ = makeToggle(tr("Loop"), "speech.loop", tr("Play a word or segment over and over"));
  follow_ = makeToggle(tr("Follow"), "speech.follow", tr("Keep what is heard in sight"));
  follow_->setChecked(true);
  row->addWidget(loop_);
  row->addWidget(follow_);
  row->addStretch(1);
  progress_ = named(new QProgressBar, "speech.progress", tr("Progress"));
  progress_->setMaximumWidth(180);
  progress_->setTextVisible(false);
  progress_->hide();
  row->addWidget(progress_);
  doubtful_ = named(new QCheckBox(tr("Only doubtful, below")), "speech.doubtful",
                    tr("Show only segments with doubtful words"));
  limit_ = named(new QSpinBox, "speech.limit", tr("Probability below which a word is doubtful"));
  limit_->setRange(1, 99);
  limit_->setValue(kDoubtful);
  limit_->setSuffix(QStringLiteral(" %"));
  row->addWidget(doubtful_);
  row->addWidget(limit_);
  return bar;
}

QWidget* ListenPage::makeSound() {
  QBoxLayout* layout = nullptr;
  auto* card = makeCard(layout);
  auto* splitter = new QSplitter(Qt::Vertical);
  splitter->setChildrenCollapsible(false);
  wave_ = named(new WaveView, "speech.wave", tr("Waveform and spectrogram"));
  view_ = named(new TranscriptView(model_), "speech.transcript", tr("Transcript"));
  auto* below = new QWidget;
  auto* belowLayout = new QVBoxLayout(below);
  belowLayout->setContentsMargins(0, 4, 0, 0);
  belowLayout->addWidget(makeTransport());
  difference_ = named(makeLabel({}, "small"), "speech.difference", tr("How the models differ"));
  difference_->hide();
  belowLayout->addWidget(difference_);
  belowLayout->addWidget(view_, 1);
  splitter->addWidget(wave_);
  splitter->addWidget(below);
  splitter->setSizes({280, 420});
  splitter->setStretchFactor(1, 1);
  layout->addWidget(splitter);
  return card;
}

QWidget* ListenPage::makeEmpty() {
  auto* ways = new QWidget;
  auto* row = new QHBoxLayout(ways);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  auto* open = makeButton(tr("Open recordings…"), "speech.openFirst", "primary");
  auto* sample = makeButton(tr("Open a sample"), "speech.sampleFirst");
  auto* record = makeButton(tr("Record…"), "speech.recordFirst");
  for (QPushButton* button : {open, record, sample}) row->addWidget(button);
  connect(record, &QPushButton::clicked, this, &ListenPage::record);
  connect(open, &QPushButton::clicked, this, &ListenPage::askForSounds);
  connect(sample, &QPushButton::clicked, this, &ListenPage::openSample);
  return makeEmptyState("speech", tr("Drop a recording here"),
                        tr("What is said in it is written down as it is recognised; words that the "
                           "model was not sure of are tinted."),
                        ways);
}

}  // namespace orrery::ui
