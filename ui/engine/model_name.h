#pragma once

#include <QString>

namespace orrery::ui {

/// How a model that is known by its path alone is called: org/name of one in a hub cache, else the
/// name of its file or folder.
QString shortModelName(const QString& path);

}  // namespace orrery::ui
