#pragma once

#include <QString>
#include <optional>

namespace orrery::ui {

/// How well `pattern` matches `text`: its letters must occur in this order, in any case. Runs and
/// beginnings of words count more. Nothing if it does not match; an empty pattern matches with 0.
std::optional<int> fuzzyScore(QStringView pattern, QStringView text);

}  // namespace orrery::ui
