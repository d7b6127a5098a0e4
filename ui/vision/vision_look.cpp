#include "ui/vision/vision_look.h"

#include <QHash>
#include <algorithm>
#include <cmath>

namespace orrery::ui {
namespace {

constexpr double kStandsOut = 0.25;       // of opacity, more than the others have
constexpr double kOutlineStrength = 1.6;  // lines are thin
constexpr int kShades = 3;                // that tell neighbours of one class apart

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
  QHash<QString, int> seen;
  std::vector<QColor> colors;
  for (const FoundSegment& segment : result.segments)
    colors.push_back(shade(colorOfClass(result, segment.label), seen[segment.label]++));
  return colors;
}

}  // namespace

ResultLayer roughLayer(const VisionResult& result, double cut, QSize size) {
  const auto first = std::ranges::find_if(
      result.segments, [](const FoundSegment& segment) { return segment.values != nullptr; });
  if (first == result.segments.end()) return {};
  const MaskValues& values = *first->values;
  for (const FoundSegment& segment : result.segments)
    if (!segment.values || segment.values->width != values.width ||
        segment.values->height != values.height)
      return {};
  const auto masks = cutMasks(result, cut, values.height, values.width);
  std::vector<const RleMask*> laid;
  for (const RleMask& mask : masks) laid.push_back(&mask);
  ResultLayer shown;
  shown.masks = std::make_shared<MaskMap>(makeMaskMap(laid, values.height, values.width));
  shown.layer = std::make_shared<IndexLayer>(
      std::shared_ptr<const IndexMap>(shown.masks, &shown.masks->map), size);
  return shown;
}

QColor colorOfClass(const VisionResult& result, const QString& label) {
  const QStringList& classes = result.palette.isEmpty() ? result.classes() : result.palette;
  return classColor(static_cast<int>(classes.indexOf(label)));
}

int seenSegment(const VisionState& state, const VisionResult& result, const std::vector<int>& set) {
  const bool scored = result.task != QLatin1String(kPointTask);
  for (auto place = set.rbegin(); place != set.rend(); ++place) {
    const FoundSegment& segment = result.segments[static_cast<std::size_t>(*place)];
    if (state.shows(segment.label, scored ? segment.score : std::nullopt)) return *place;
  }
  return -1;
}

IndexLook maskLook(const VisionState& state, const VisionResult& result, const MaskMap& masks,
                   int hovered) {
  const std::vector<QColor> colors = segmentColors(result);
  IndexLook look;
  look.outline = state.outline;
  for (const auto& set : masks.sets) {
    const int seen = seenSegment(state, result, set);
    const double strength = state.outline ? kOutlineStrength : 1;
    const double opacity = strength * state.opacity + (seen == hovered ? kStandsOut : 0);
    look.colors.push_back(seen < 0 || state.opacity == 0
                              ? 0
                              : withOpacity(colors[static_cast<std::size_t>(seen)], opacity));
    look.shapes.push_back(static_cast<std::uint16_t>(seen + 1));
  }
  return look;
}

std::pair<float, float> depthRange(const DepthMap& depth) {
  constexpr std::size_t kLookedAt = 100'000;
  const std::size_t step = depth.values.size() / kLookedAt + 1;
  std::vector<float> values;
  for (std::size_t i = 0; i < depth.values.size(); i += step)
    if (std::isfinite(depth.values[i])) values.push_back(depth.values[i]);
  if (values.empty()) return {0, 0};
  std::ranges::sort(values);
  const std::size_t beyond = values.size() / 100;
  return {values[beyond], values[values.size() - 1 - beyond]};
}

IndexLook depthLook(double opacity) {
  IndexLook look;
  for (int i = 0; i < kDepthSteps; ++i)
    look.colors.push_back(withOpacity(depthColor((i + 0.5) / kDepthSteps), opacity));
  look.colors.push_back(0);  // no number, no colour
  return look;
}

std::vector<ShownBox> shownBoxes(const VisionState& state, const VisionResult& result) {
  std::vector<ShownBox> shown;
  for (const FoundBox& found : result.boxes)
    if (state.shows(found.label, found.score))
      shown.push_back({found.box,
                       QStringLiteral("%1 %2").arg(found.label).arg(found.score, 0, 'f', 2),
                       colorOfClass(result, found.label)});
  return shown;
}

}  // namespace orrery::ui
