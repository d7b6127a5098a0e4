#include <QComboBox>
#include <QFileInfo>
#include <QLabel>
#include <QToolButton>
#include <limits>

#include "core/base/error.h"
#include "ui/engine/model_name.h"
#include "ui/library/model_picker.h"
#include "ui/speech/language_box.h"
#include "ui/speech/listen_page.h"
#include "ui/speech/sound_questions.h"
#include "ui/speech/transcript_view.h"
#include "ui/speech/word_comparison.h"

// How recordings are heard, one after the other, by one model or by two.
namespace orrery::ui {

QString ListenPage::otherModel() const {
  return compare_->isChecked() ? other_->model() : QString();
}

void ListenPage::run() {
  if (runner_->busy() || picker_->model().isEmpty() || shown_.isEmpty()) return;
  if (queue_->nextWaiting() >= 0) return runNext();
  const int row = queue_->rowOf(shown_);
  const SpeechItem& item = queue_->item(row);
  const bool heard = item.model == picker_->model() && item.state == SpeechItem::State::kDone;
  if (heard && !otherModel().isEmpty() && item.otherModel != otherModel()) {
    running_ = shown_;  // only the second model is new
    return runOther();
  }
  keepStep();
  queue_->setWaiting(row);
  runNext();
}

void ListenPage::runNext() {
  const int row = queue_->nextWaiting();
  if (row < 0) return updateActions();
  running_ = queue_->item(row).file;
  otherRuns_ = false;
  queue_->begin(row);
  show(row);
  ask(picker_->model());
}

void ListenPage::runOther() {
  const int row = queue_->rowOf(running_);
  otherRuns_ = true;
  queue_->beginOther(row);
  show(row);
  ask(otherModel());
}

void ListenPage::ask(const QString& model) {
  heardBy_ = model;
  runner_->run(tr("Recognise %1").arg(QFileInfo(running_).fileName()), model,
               recognition({model, running_, language_->code(), task_->currentIndex() == 1}));
}

void ListenPage::stop() {
  runner_->stop();
  const int row = queue_->rowOf(running_);
  running_.clear();
  if (row < 0) return;
  queue_->end(row, SpeechItem::State::kDone);
  if (queue_->item(row).transcript.segments.empty()) queue_->setWaiting(row);
  if (queue_->item(row).file == shown_) show(row);
}

void ListenPage::onHeard(const Json& partial) {
  const int row = queue_->rowOf(running_);
  if (row < 0) return;
  Transcript transcript = otherRuns_ ? queue_->item(row).other : queue_->item(row).transcript;
  try {
    takePartial(transcript, partial);
  } catch (const std::exception&) {
    return;  // the end brings all of it
  }
  if (otherRuns_) {
    queue_->setOther(row, transcript);
    if (running_ == shown_ && partial.contains("segments")) compare();
    return;
  }
  queue_->setTranscript(row, transcript);
  if (running_ == shown_) {
    model_.setTranscript(transcript);
    lastShown_ = transcript;
    view_->scrollToBottom();
  }
}

void ListenPage::onDone(const protocol::RunPipelineResult& result) {
  const int row = queue_->rowOf(running_);
  if (row < 0) return;
  Transcript transcript = otherRuns_ ? queue_->item(row).other : queue_->item(row).transcript;
  try {
    takeResult(transcript, result.result, running_ == shown_ ? seconds_ : 0);
  } catch (const std::exception& error) {
    return onFailed(QString::fromUtf8(error.what()));
  }
  if (otherRuns_) {
    queue_->setOther(row, transcript, heardBy_);
  } else {
    queue_->setTranscript(row, transcript);
    queue_->setModel(row, heardBy_);
  }
  if (!otherRuns_ && !otherModel().isEmpty()) return runOther();
  queue_->end(row, SpeechItem::State::kDone);
  if (running_ == shown_) show(row);
  running_.clear();
  runNext();
}

// What was heard until then stays, and the next recordings have their turn.
void ListenPage::onFailed(const QString& reason) {
  const int row = queue_->rowOf(running_);
  if (row < 0) return;
  queue_->end(row, SpeechItem::State::kFailed, reason);
  if (running_ == shown_) show(row);
  running_.clear();
  runNext();
}

bool ListenPage::compares(const SpeechItem& item) const {
  return compare_->isChecked() && !item.other.segments.empty();
}

// While the second model hears, only what it has come to is compared.
void ListenPage::compare() {
  const int row = queue_->rowOf(shown_);
  if (row < 0 || !compares(queue_->item(row))) {
    comparison_->forget();
    model_.setComparison({}, std::nullopt);
    view_->setCompared(false);
    difference_->hide();
    return;
  }
  const Transcript& other = queue_->item(row).other;
  const bool comes = shown_ == running_ && otherRuns_;
  comparison_->compare(
      {model_.transcript(), other,
       comes ? other.segments.back().end : std::numeric_limits<double>::infinity()});
}

void ListenPage::onCompared(const WordAlignment& alignment) {
  const int row = queue_->rowOf(shown_);
  if (row < 0) return;
  const QString model = queue_->item(row).otherModel;
  model_.setComparison(shortModelName(model.isEmpty() ? other_->model() : model), alignment);
  view_->setCompared(true);
  difference_->setText(tr("%1 of %2 words differ (%3 %): %4 read otherwise, %5 only on the left, "
                          "%6 only on the right")
                           .arg(alignment.differences())
                           .arg(alignment.words)
                           .arg(100 * alignment.distance(), 0, 'f', 1)
                           .arg(alignment.replaced)
                           .arg(alignment.deleted)
                           .arg(alignment.inserted));
  difference_->show();
}

}  // namespace orrery::ui
