#include "app/gui/screenshot.h"

#include <QApplication>
#include <cstdio>

#include "ui/engine/engine_pool.h"
#include "ui/hub/download_queue.h"
#include "ui/jobs/jobs_model.h"
#include "ui/library/library_model.h"
#include "ui/shell/main_window.h"

namespace orrery::gui {
namespace {

constexpr int kLookMilliseconds = 100;
constexpr int kQuietLooks = 6;  // the last answers and plots are drawn by then

}  // namespace

Screenshot::Screenshot(ui::MainWindow& window, ui::Services& services, const Options& options)
    : window_(window), services_(services), options_(options) {
  if (options_.width > 0) window_.resize(options_.width, options_.height);
  if (options_.screenshot.isEmpty()) return;
  connect(&timer_, &QTimer::timeout, this, &Screenshot::look);
  timer_.start(kLookMilliseconds);
}

void Screenshot::look() {
  bool busy = services_.library.busy() || services_.engines.jobs().runningCount() > 0;
  // Downloads are work to be seen, not to be waited for.
  busy = busy || (services_.engines.files().hasPending() && services_.downloads.activeCount() == 0);
  busy = busy || window_.busy();
  for (ui::ModelEngine* engine : services_.engines.engines())
    busy = busy || engine->process().hasPending();
  quiet_ = busy ? 0 : quiet_ + 1;
  if (quiet_ >= kQuietLooks) write();
}

void Screenshot::write() {
  timer_.stop();
  const bool written = window_.grab().save(options_.screenshot);
  if (!written)
    std::fprintf(stderr, "orrery: %s: could not be written as an image\n",
                 qPrintable(options_.screenshot));
  window_.close();
  QApplication::exit(written ? 0 : 1);
}

}  // namespace orrery::gui
