#pragma once

#include <QApplication>
#include <ctime>

namespace orrery::test {

/// Knows the CPU time of its thread that the slowest event handler took since reset().
class MeasuringApplication : public QApplication {
 public:
  using QApplication::QApplication;

  static MeasuringApplication& instance() { return static_cast<MeasuringApplication&>(*qApp); }
  void reset() { slowest_ = 0; }
  double slowestSeconds() const { return slowest_; }

  bool notify(QObject* receiver, QEvent* event) override {
    const bool outermost = depth_++ == 0;
    const double before = cpuSeconds();
    const bool handled = QApplication::notify(receiver, event);
    --depth_;
    if (outermost) slowest_ = std::max(slowest_, cpuSeconds() - before);
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
};

}  // namespace orrery::test
