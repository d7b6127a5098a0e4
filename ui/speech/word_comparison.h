#pragma once

#include <QObject>
#include <optional>

#include "ui/speech/word_alignment.h"

namespace orrery::ui {

/// Aligns transcripts off the window's thread; of several questions the last one is answered.
class WordComparison : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

  /// What alignWords() takes.
  struct Question {
    Transcript first;
    Transcript other;
    double until = 0;
  };
  void compare(Question question);
  /// What is being compared is of no interest any more.
  void forget();
  bool busy() const { return running_; }

 signals:
  void compared(const orrery::ui::WordAlignment& alignment);

 private:
  void start(Question question);
  void onAligned(const WordAlignment& alignment);

  std::optional<Question> next_;
  bool running_ = false;
  bool wanted_ = false;  ///< whether the answer that comes is of interest
};

}  // namespace orrery::ui
