#include "ui/train/train_beginnings.h"

#include <algorithm>

namespace orrery::ui {
namespace {

constexpr Beginning kBeginnings[] = {
    {TrainStart::kPatchTst, "patchtst", "PatchTST", "patchtst-etth1.json"},
    {TrainStart::kPatchTsMixer, "patchtsmixer", "PatchTSMixer", "patchtsmixer-etth1.json"},
    {TrainStart::kInformer, "informer", "Informer", "informer-etth1.json"},
    {TrainStart::kTimeSeriesTransformer, "time_series_transformer", "Time series transformer",
     "informer-etth1.json"},
    {TrainStart::kAutoformer, "autoformer", "Autoformer", "informer-etth1.json"},
};

}  // namespace

std::span<const Beginning> beginnings() {
  return kBeginnings;
}

const Beginning* beginningOf(TrainStart start) {
  const auto found = std::ranges::find(kBeginnings, start, &Beginning::start);
  return found == std::end(kBeginnings) ? nullptr : found;
}

}  // namespace orrery::ui
