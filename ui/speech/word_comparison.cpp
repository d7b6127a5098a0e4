#include "ui/speech/word_comparison.h"

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>
#include <utility>

namespace orrery::ui {

void WordComparison::compare(Question question) {
  wanted_ = true;
  if (running_)
    next_ = std::move(question);
  else
    start(std::move(question));
}

void WordComparison::forget() {
  wanted_ = false;
  next_.reset();
}

void WordComparison::start(Question question) {
  running_ = true;
  QThreadPool::globalInstance()->start(
      [question = std::move(question), self = QPointer<WordComparison>(this)] {
        const auto alignment = alignWords(question.first, question.other, question.until);
        QMetaObject::invokeMethod(
            qApp,
            [self, alignment] {
              if (self) self->onAligned(alignment);
            },
            Qt::QueuedConnection);
      });
}

void WordComparison::onAligned(const WordAlignment& alignment) {
  running_ = false;
  if (next_) return start(*std::exchange(next_, std::nullopt));
  if (wanted_) emit compared(alignment);
}

}  // namespace orrery::ui
