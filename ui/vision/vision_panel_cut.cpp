// Cutting masks anew at another probability. While the slider moves, at the resolution of the
// model's values, which takes no longer than a frame; once it rests, at the picture's on another
// thread.
#include <QPromise>
#include <QThreadPool>
#include <algorithm>

#include "ui/vision/found_view.h"
#include "ui/vision/picture_canvas.h"
#include "ui/vision/vision_panel.h"

namespace orrery::ui {
namespace {

bool sameValues(const VisionResult& a, const VisionResult& b) {
  return std::ranges::equal(a.segments, b.segments, {}, &FoundSegment::values,
                            &FoundSegment::values);
}

}  // namespace

void VisionPanel::cutRoughly(double cut) {
  state_.cut = cut;
  cutting_.start();
  const QSize size = canvas_->picture()->size();
  for (auto [shown, result] :
       {std::pair{&shown_, &state_.result}, std::pair{&otherShown_, &state_.otherResult}})
    if (auto rough = roughLayer(*result, cut, size); rough.layer) *shown = std::move(rough);
  drawResult();
}

void VisionPanel::cutFinely() {
  const auto promise = std::make_shared<QPromise<CutResult>>();
  promise->start();
  const QSize size = canvas_->picture()->size();
  QThreadPool::globalInstance()->start(
      [promise, size, cut = CutResult{state_.cut, state_.result, state_.otherResult}]() mutable {
        for (VisionResult* result : {&cut.first, &cut.second}) {
          auto masks = cut.cut == kGivenCut
                           ? givenMasks(*result)
                           : cutMasks(*result, cut.cut, size.height(), size.width());
          for (std::size_t i = 0; i < masks.size(); ++i)
            result->segments[i].mask = std::move(masks[i]);
        }
        promise->addResult(std::move(cut));
        promise->finish();
      });
  cut_.setFuture(promise->future());
}

// What was cut at another place, or from what is no longer shown, is dropped.
void VisionPanel::onCut(CutResult cut) {
  if (cut.cut != state_.cut || !sameValues(cut.first, state_.result) ||
      !sameValues(cut.second, state_.otherResult))
    return;
  state_.result.segments = std::move(cut.first.segments);
  state_.otherResult.segments = std::move(cut.second.segments);
  showResult();
}

}  // namespace orrery::ui
