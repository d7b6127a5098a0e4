#include "ui/vision/overlap.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"

namespace orrery::ui {
namespace {

// Pixels of a class: runs [begin, end) in the masks' own order, apart from each other.
struct Pixels {
  struct Run {
    std::int64_t begin, end;
  };
  std::vector<Run> runs;
  int masks = 0;
  std::array<int, 2> size{};

  std::int64_t count() const {
    std::int64_t sum = 0;
    for (const Run& run : runs) sum += run.end - run.begin;
    return sum;
  }
};

void join(std::vector<Pixels::Run>& runs) {
  std::ranges::sort(runs, {}, &Pixels::Run::begin);
  std::vector<Pixels::Run> joined;
  for (const Pixels::Run& run : runs)
    if (!joined.empty() && run.begin <= joined.back().end)
      joined.back().end = std::max(joined.back().end, run.end);
    else
      joined.push_back(run);
  runs = std::move(joined);
}

Pixels pixelsOf(const VisionResult& result, const QString& label) {
  Pixels pixels;
  for (const FoundSegment& segment : result.segments) {
    if (segment.label != label) continue;
    ++pixels.masks;
    pixels.size = segment.mask.size;
    std::int64_t at = 0;
    const auto runs = rleRuns(segment.mask);
    for (std::size_t i = 0; i < runs.size(); at += runs[i], ++i)
      if (i % 2 == 1 && runs[i] > 0) pixels.runs.push_back({at, at + runs[i]});
  }
  join(pixels.runs);
  return pixels;
}

std::int64_t common(const Pixels& a, const Pixels& b) {
  std::int64_t sum = 0;
  for (auto i = a.runs.begin(), j = b.runs.begin(); i != a.runs.end() && j != b.runs.end();) {
    sum += std::max<std::int64_t>(0, std::min(i->end, j->end) - std::max(i->begin, j->begin));
    i->end < j->end ? ++i : ++j;
  }
  return sum;
}

}  // namespace

std::vector<ClassOverlap> classOverlaps(const VisionResult& first, const VisionResult& second) {
  std::vector<ClassOverlap> rows;
  for (const QString& label : classesOf(first, second)) {
    const Pixels a = pixelsOf(first, label);
    const Pixels b = pixelsOf(second, label);
    if (a.masks > 0 && b.masks > 0 && a.size != b.size)
      throw Error(ErrorKind::kInvalidInput, "masks of {} have different sizes",
                  label.toStdString());
    const std::int64_t both = common(a, b);
    const std::int64_t either = a.count() + b.count() - both;
    rows.push_back({label, a.masks, b.masks,
                    either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either)});
  }
  return rows;
}

}  // namespace orrery::ui
