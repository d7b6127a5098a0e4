#pragma once

#include "core/protocol/server.h"
#include "core/protocol/sound.h"

namespace orrery::engine {

/// What sound/overview answers. Throws what reading the file throws.
protocol::SoundOverviewResult overviewOfSound(const protocol::SoundOverviewParams& params,
                                              protocol::RequestContext& context);

/// What sound/model answers. Throws an Error that names the file or field that cannot be read.
protocol::SoundModelResult modelOfSounds(const protocol::SoundModelParams& params);

}  // namespace orrery::engine
