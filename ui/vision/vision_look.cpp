#include "ui/vision/vision_look.h"

#include <QHash>
#include <algorithm>

namespace orrery::ui {
namespace {

constexpr double kStandsOut = 0.25;  // of opacity, more than the others have
constexpr int kShades = 3;           // that tell neighbours of one class apart

QRgb withOpacity(QColor color, double opacity) {
  color.setAlphaF(static_cast<float>(std::clamp(opacity, 0.0, 1.0)));
  return qPremultiply(color.rgba());
}

QColor shade(const QColor& color, int i) {
  constexpr int kPercent[kShades] = {100, 128, 78};
  return color.lighter(kPercent[i % kShades]);
}

// A colour for every segment: that of its class, neighbours of one class in other shades.
std::vector<QColor> segmentColors(const VisionResult& result) {
  const QStringList classes = result.classes();
  QHash<QString, int> seen;
  std::vector<QColor> colors;
  for (const FoundSegment& segment : result.segments)
    colors.push_back(
        shade(classColor(static_cast<int>(classes.indexOf(segment.label))), seen[segment.label]++));
  return colors;
}

}  // namespace

QColor colorOfClass(const VisionResult& result, const QString& label) {
  return classColor(static_cast<int>(result.classes().indexOf(label)));
}

int seenSegment(const VisionState& state, const std::vector<int>& set) {
  const bool scored = state.result.task != QLatin1String(kPointTask);
  for (auto place = set.rbegin(); place != set.rend(); ++place) {
    const FoundSegment& segment = state.result.segments[static_cast<std::size_t>(*place)];
    if (state.shows(segment.label, scored ? segment.score : std::nullopt)) return *place;
  }
  return -1;
}

IndexLook maskLook(const VisionState& state, const MaskMap& masks, int hovered) {
  const std::vector<QColor> colors = segmentColors(state.result);
  IndexLook look;
  look.outline = state.outline;
  for (const auto& set : masks.sets) {
    const int seen = seenSegment(state, set);
    const double opacity = state.opacity + (seen == hovered ? kStandsOut : 0);
    look.colors.push_back(seen < 0 || state.opacity == 0
                              ? 0
                              : withOpacity(colors[static_cast<std::size_t>(seen)], opacity));
    look.shapes.push_back(static_cast<std::uint16_t>(seen + 1));
  }
  return look;
}

IndexLook depthLook(double opacity) {
  IndexLook look;
  for (int i = 0; i < kDepthSteps; ++i)
    look.colors.push_back(withOpacity(depthColor((i + 0.5) / kDepthSteps), opacity));
  look.colors.push_back(0);  // no number, no colour
  return look;
}

std::vector<ShownBox> shownBoxes(const VisionState& state) {
  std::vector<ShownBox> shown;
  for (const FoundBox& found : state.result.boxes)
    if (state.shows(found.label, found.score))
      shown.push_back({found.box,
                       QStringLiteral("%1 %2").arg(found.label).arg(found.score, 0, 'f', 2),
                       colorOfClass(state.result, found.label)});
  return shown;
}

}  // namespace orrery::ui
