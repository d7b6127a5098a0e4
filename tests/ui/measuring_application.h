#pragma once

#include <QApplication>
#include <ctime>
#include <vector>

namespace orrery::test {

/// What one event took, with all that its handlers called.
struct HandledEvent {
  const char* receiver = "";  ///< class of the object that it was sent to
  QEvent::Type type = QEvent::None;
  double cpuSeconds = 0;  ///< of the thread
  double wallSeconds = 0;

  QByteArray name() const {
    return QByteArray(receiver) + ", event " + QByteArray::number(static_cast<int>(type));
  }
};

/// Measures every event since reset().
class MeasuringApplication : public QApplication {
 public:
  using QApplication::QApplication;

  static MeasuringApplication& instance() { return static_cast<MeasuringApplication&>(*qApp); }
  void reset() { handled_.clear(); }
  const std::vector<HandledEvent>& handled() const { return handled_; }

  bool notify(QObject* receiver, QEvent* event) override {
    if (nested_) return QApplication::notify(receiver, event);
    // Neither event nor receiver need outlive the handler.
    HandledEvent entry{receiver->metaObject()->className(), event->type()};
    const double cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
    const double wall = seconds(CLOCK_MONOTONIC);
    nested_ = true;
    const bool handled = QApplication::notify(receiver, event);
    nested_ = false;
    entry.cpuSeconds = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
    entry.wallSeconds = seconds(CLOCK_MONOTONIC) - wall;
    handled_.push_back(entry);
    return handled;
  }

 private:
  static double seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }

  bool nested_ = false;
  std::vector<HandledEvent> handled_;
};

}  // namespace orrery::test
