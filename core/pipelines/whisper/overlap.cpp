#include "core/pipelines/whisper/overlap.h"

#include <algorithm>

namespace orrery::pipelines {
namespace {

/// Where two sequences lie over each other.
struct Overlap {
  std::size_t leftBegin = 0, leftEnd = 0, rightBegin = 0, rightEnd = 0;
};

std::size_t agreeing(const TimedTokens& left, const TimedTokens& right, const Overlap& overlap) {
  std::size_t count = 0;
  for (std::size_t i = overlap.leftBegin, j = overlap.rightBegin; i < overlap.leftEnd; ++i, ++j) {
    const bool inOrder = left.times.empty() || left.times[i] <= right.times[j];
    count += left.ids[i] == right.ids[j] && inOrder;
  }
  return count;
}

Overlap bestOverlap(const TimedTokens& left, const TimedTokens& right) {
  const std::size_t leftSize = left.ids.size(), rightSize = right.ids.size();
  Overlap best{leftSize, leftSize, 0, 0};
  double most = 0;
  for (std::size_t i = 1; i < leftSize + rightSize; ++i) {
    const Overlap overlap{i < leftSize ? leftSize - i : 0,
                          std::min(leftSize, leftSize + rightSize - i),
                          i > leftSize ? i - leftSize : 0, std::min(rightSize, i)};
    const std::size_t count = agreeing(left, right, overlap);
    const double favoured = static_cast<double>(i) / 10000.0;  // long ones, among equals
    const double share = static_cast<double>(count) / static_cast<double>(i) + favoured;
    if (count > 1 && share > most) {
      most = share;
      best = overlap;
    }
  }
  return best;
}

template <class List>
void append(List& to, const List& from, std::size_t begin, std::size_t end) {
  if (from.empty()) return;
  to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(begin),
            from.begin() + static_cast<std::ptrdiff_t>(end));
}

void append(TimedTokens& to, const TimedTokens& from, std::size_t begin, std::size_t end) {
  append(to.ids, from.ids, begin, end);
  append(to.times, from.times, begin, end);
}

}  // namespace

TimedTokens joinedOverlaps(const std::vector<TimedTokens>& sequences) {
  TimedTokens result, left = sequences.front();
  for (std::size_t i = 1; i < sequences.size(); ++i) {
    const TimedTokens& right = sequences[i];
    const Overlap overlap = bestOverlap(left, right);
    append(result, left, 0, (overlap.leftBegin + overlap.leftEnd) / 2);
    TimedTokens rest;
    append(rest, right, (overlap.rightBegin + overlap.rightEnd) / 2, right.ids.size());
    left = std::move(rest);
  }
  append(result, left, 0, left.ids.size());
  return result;
}

}  // namespace orrery::pipelines
