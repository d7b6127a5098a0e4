#pragma once

#include <QObject>
#include <functional>
#include <memory>

#include "ui/shell/services.h"
#include "ui/speech/sound_overview.h"

namespace orrery::ui {

/// Has an engine look over a recording. One of the callbacks is called later, unless `context` is
/// destroyed before; `failed` with one line.
void readOverview(Services& services, const QString& file, QObject* context,
                  std::function<void(std::shared_ptr<const SoundOverview>)> done,
                  std::function<void(const QString&)> failed);

}  // namespace orrery::ui
