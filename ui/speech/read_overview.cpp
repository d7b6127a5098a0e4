#include "ui/speech/read_overview.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/protocol/sound.h"
#include "ui/engine/engine_pool.h"

namespace orrery::ui {
namespace {

std::shared_ptr<const SoundOverview> overviewFrom(const protocol::SoundOverviewResult& result) {
  const auto& low = result.arrayContent->at("low", 1).values;
  const auto& high = result.arrayContent->at("high", 1).values;
  const auto& mel = result.arrayContent->at("mel", 2);
  std::vector<WavePyramid::Extent> steps;
  for (std::size_t i = 0; i < std::min(low.size(), high.size()); ++i)
    steps.push_back({low[i], high[i]});
  auto overview = std::make_shared<SoundOverview>();
  overview->seconds = result.seconds;
  overview->wave = WavePyramid(std::move(steps), result.peaksPerSecond);
  overview->spectrum = {static_cast<int>(mel.shape[1]), result.columnsPerSecond, mel.values};
  return overview;
}

}  // namespace

void readOverview(Services& services, const QString& file, QObject* context,
                  std::function<void(std::shared_ptr<const SoundOverview>)> done,
                  std::function<void(const QString&)> failed) {
  services.engines.files().request<protocol::SoundOverviewParams>(
      {file.toStdString()}, context,
      [done = std::move(done), failed](const protocol::SoundOverviewResult& result) {
        try {
          done(overviewFrom(result));
        } catch (const Error& error) {
          failed(QString::fromUtf8(error.what()));
        }
      },
      [failed](const EngineError& error) { failed(error.message); });
}

}  // namespace orrery::ui
