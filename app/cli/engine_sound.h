#pragma once

#include "core/protocol/server.h"
#include "core/protocol/sound.h"

namespace orrery::engine {

/// What sound/overview answers. Throws what reading the file throws.
protocol::SoundOverviewResult overviewOfSound(const protocol::SoundOverviewParams& params,
                                              protocol::RequestContext& context);

}  // namespace orrery::engine
