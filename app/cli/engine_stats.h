#pragma once

#include "core/protocol/lifecycle.h"

namespace orrery::engine {

/// Memory, threads and processor time of this process and memory of the machine, as Linux tells
/// them; what it does not tell is 0. `runningRequests` is left at 0.
protocol::StatsResult measureProcess();

}  // namespace orrery::engine
