#include "core/base/rle.h"

#include <algorithm>
#include <cstring>

#include "core/base/error.h"

// A run is written as its difference to the run of the same kind before it (from the fourth run
// on), in groups of five bits, lowest first: bit 5 of a character says that more follow, bit 4 of
// the last is the sign, and 48 is added to make it text.
namespace orrery {
namespace {

constexpr int kFirstCharacter = 48;
constexpr int kGroupBits = 5;
constexpr int kMore = 0x20;
constexpr int kSign = 0x10;
constexpr int kMostGroups = 7;         // of a run of 32 bits
constexpr std::size_t kPlainRuns = 3;  // that are written as they are

Error malformed(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, "counts: {}", what);
}

std::int64_t pixelsOf(int height, int width) {
  if (height < 0 || width < 0)
    throw Error(ErrorKind::kInvalidInput, "size: expected a height and a width, found {} and {}",
                height, width);
  return std::int64_t{height} * width;
}

std::int64_t takeNumber(std::string_view& text) {
  std::int64_t value = 0;
  for (int group = 0;; ++group) {
    if (text.empty()) throw malformed("the text ends inside a run");
    const int bits = text.front() - kFirstCharacter;
    text.remove_prefix(1);
    if (bits < 0 || bits > (kMore | 0x1f)) throw malformed("a character that is none of its own");
    if (group >= kMostGroups) throw malformed("a run that is too long");
    value |= static_cast<std::int64_t>(bits & 0x1f) << (kGroupBits * group);
    if (bits & kMore) continue;
    if (bits & kSign) value -= std::int64_t{1} << (kGroupBits * (group + 1));
    return value;
  }
}

void appendNumber(std::string& text, std::int64_t value) {
  for (bool more = true; more;) {
    int bits = static_cast<int>(value & 0x1f);
    value >>= kGroupBits;  // keeps the sign
    more = (bits & kSign) ? value != -1 : value != 0;
    if (more) bits |= kMore;
    text.push_back(static_cast<char>(bits + kFirstCharacter));
  }
}

/// `pixels` [height, width] column by column, 1 for what is not 0. Goes by blocks, so that both
/// ends stay near.
std::vector<std::uint8_t> columnsOf(std::span<const std::uint8_t> pixels, int height, int width) {
  constexpr int kBlock = 64;
  const auto h = static_cast<std::size_t>(height), w = static_cast<std::size_t>(width);
  std::vector<std::uint8_t> columns(pixels.size());
  for (int left = 0; left < width; left += kBlock)
    for (int top = 0; top < height; top += kBlock)
      for (int x = left; x < std::min(left + kBlock, width); ++x)
        for (int y = top; y < std::min(top + kBlock, height); ++y)
          columns[static_cast<std::size_t>(x) * h + static_cast<std::size_t>(y)] =
              pixels[static_cast<std::size_t>(y) * w + static_cast<std::size_t>(x)] != 0;
  return columns;
}

}  // namespace

std::vector<std::uint32_t> rleRuns(const RleMask& mask) {
  const std::int64_t pixels = pixelsOf(mask.height(), mask.width());
  std::vector<std::uint32_t> runs;
  std::int64_t filled = 0;
  for (std::string_view text = mask.counts; !text.empty();) {
    std::int64_t run = takeNumber(text);
    if (runs.size() >= kPlainRuns) run += runs[runs.size() - 2];
    if (run < 0 || run > pixels - filled) throw malformed("the runs do not fit the mask's size");
    filled += run;
    runs.push_back(static_cast<std::uint32_t>(run));
  }
  if (filled != pixels) throw malformed("the runs do not fill the mask's size");
  return runs;
}

RleMask rleFromRuns(std::span<const std::uint32_t> runs, int height, int width) {
  RleMask mask{{height, width}, {}};
  std::int64_t filled = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    filled += runs[i];
    appendNumber(mask.counts, std::int64_t{runs[i]} - (i >= kPlainRuns ? runs[i - 2] : 0));
  }
  if (filled != pixelsOf(height, width)) throw malformed("the runs do not fill the mask's size");
  return mask;
}

RleMask rleFromPixels(std::span<const std::uint8_t> pixels, int height, int width) {
  if (static_cast<std::int64_t>(pixels.size()) != pixelsOf(height, width))
    throw Error(ErrorKind::kInvalidInput, "a mask of {} x {} has {} pixels", height, width,
                pixels.size());
  const std::vector<std::uint8_t> columns = columnsOf(pixels, height, width);
  std::vector<std::uint32_t> runs;
  const std::uint8_t *at = columns.data(), *end = at + columns.size();
  for (int inside = 0; at < end; inside = 1 - inside) {
    const void* change = std::memchr(at, 1 - inside, static_cast<std::size_t>(end - at));
    const auto* next = change ? static_cast<const std::uint8_t*>(change) : end;
    runs.push_back(static_cast<std::uint32_t>(next - at));
    at = next;
  }
  return rleFromRuns(runs, height, width);
}

std::vector<std::uint8_t> rlePixels(const RleMask& mask) {
  const auto runs = rleRuns(mask);
  const auto height = static_cast<std::size_t>(mask.height());
  const auto width = static_cast<std::size_t>(mask.width());
  std::vector<std::uint8_t> pixels(height * width);
  std::size_t at = 0;  // column by column
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::size_t end = at + runs[i];
    for (; i % 2 == 1 && at < end; ++at) pixels[at % height * width + at / height] = 1;
    at = end;
  }
  return pixels;
}

std::int64_t rleArea(const RleMask& mask) {
  const auto runs = rleRuns(mask);
  std::int64_t area = 0;
  for (std::size_t i = 1; i < runs.size(); i += 2) area += runs[i];
  return area;
}

std::array<int, 4> rleBox(const RleMask& mask) {
  const auto runs = rleRuns(mask);
  const std::int64_t height = mask.height();
  std::int64_t left = mask.width(), top = height, right = -1, bottom = -1;
  std::int64_t at = 0;
  for (std::size_t i = 0; i < runs.size(); at += runs[i], ++i) {
    if (i % 2 == 0 || runs[i] == 0) continue;
    const std::int64_t last = at + runs[i] - 1;
    left = std::min(left, at / height);
    right = std::max(right, last / height);
    const bool oneColumn = at / height == last / height;
    top = std::min(top, oneColumn ? at % height : 0);
    bottom = std::max(bottom, oneColumn ? last % height : height - 1);
  }
  if (right < 0) return {};
  return {static_cast<int>(left), static_cast<int>(top), static_cast<int>(right - left + 1),
          static_cast<int>(bottom - top + 1)};
}

double rleOverlap(const RleMask& a, const RleMask& b) {
  if (a.size != b.size)
    throw Error(ErrorKind::kInvalidInput, "masks of {} x {} and {} x {} cannot be compared",
                a.height(), a.width(), b.height(), b.width());
  const auto runsA = rleRuns(a);
  const auto runsB = rleRuns(b);
  std::int64_t both = 0, either = 0;
  std::size_t i = 0, j = 0;
  std::uint32_t leftA = runsA.empty() ? 0 : runsA[0], leftB = runsB.empty() ? 0 : runsB[0];
  while (i < runsA.size() && j < runsB.size()) {
    const std::uint32_t step = std::min(leftA, leftB);
    both += i % 2 == 1 && j % 2 == 1 ? step : 0;
    either += i % 2 == 1 || j % 2 == 1 ? step : 0;
    leftA -= step;
    leftB -= step;
    if (leftA == 0 && ++i < runsA.size()) leftA = runsA[i];
    if (leftB == 0 && ++j < runsB.size()) leftB = runsB[j];
  }
  return either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
}

}  // namespace orrery
