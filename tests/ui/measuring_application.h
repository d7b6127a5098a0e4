#pragma once

#include <QApplication>
#include <ctime>

namespace orrery::test {

/// Knows the CPU time of its thread that the slowest event handler took since reset().
class MeasuringApplication : public QApplication {
 public:
  using QApplication::QApplication;

  static MeasuringApplication& instance() { return static_cast<MeasuringApplication&>(*qApp); }
  void reset() {
    slowest_ = 0;
    what_.clear();
  }
  double slowestSeconds() const { return slowest_; }
  /// The slowest handler in words: its seconds, the class of its object, the event's type.
  QByteArray slowestHandler() const { return QByteArray::number(slowest_) + " s: " + what_; }

  bool notify(QObject* receiver, QEvent* event) override {
    const bool outermost = depth_++ == 0;
    const QEvent::Type type = event->type();  // neither event nor receiver need outlive the handler
    const char* name = receiver->metaObject()->className();
    const double before = cpuSeconds();
    const bool handled = QApplication::notify(receiver, event);
    --depth_;
    if (const double took = cpuSeconds() - before; outermost && took > slowest_) {
      slowest_ = took;
      what_ = QByteArray(name) + ", event " + QByteArray::number(type);
    }
    return handled;
  }

 private:
  static double cpuSeconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }

  int depth_ = 0;
  double slowest_ = 0;
  QByteArray what_;
};

}  // namespace orrery::test
