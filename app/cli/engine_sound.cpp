#include "app/cli/engine_sound.h"

#include "core/media/av/overview.h"

namespace orrery::engine {

protocol::SoundOverviewResult overviewOfSound(const protocol::SoundOverviewParams& params,
                                              protocol::RequestContext& context) {
  media::SoundOverview overview =
      media::overviewOf(params.path, {context.cancel, context.progress});
  protocol::SoundOverviewResult result{.seconds = overview.seconds,
                                       .rate = overview.info.rate,
                                       .channels = overview.info.channels,
                                       .codec = overview.info.codec,
                                       .peaksPerSecond = overview.peaksPerSecond,
                                       .columnsPerSecond = overview.columnsPerSecond};
  const auto peaks = static_cast<std::int64_t>(overview.low.size());
  const auto columns = static_cast<std::int64_t>(overview.mel.size()) / overview.bands;
  protocol::Arrays arrays;
  arrays.add("low", {peaks}, std::move(overview.low));
  arrays.add("high", {peaks}, std::move(overview.high));
  arrays.add("mel", {columns, overview.bands}, std::move(overview.mel));
  result.arrays = context.sendArrays(std::move(arrays));
  return result;
}

}  // namespace orrery::engine
