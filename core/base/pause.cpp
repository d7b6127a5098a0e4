#include "core/base/pause.h"

#include <chrono>
#include <thread>

namespace orrery {

void PauseToken::wait(const CancelToken& cancel) const {
  while (paused() && !cancel.cancelled())
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

}  // namespace orrery
