#include "ui/speech/word_alignment.h"

#include <QHash>
#include <algorithm>
#include <limits>
#include <span>

namespace orrery::ui {
namespace {

constexpr int kFar = std::numeric_limits<int>::max() / 2;

QString bare(const QString& word) {
  QString letters;
  for (const QChar c : word.toCaseFolded().normalized(QString::NormalizationForm_KC))
    if (c.isLetterOrNumber() || c.isMark() || c.isSurrogate()) letters += c;
  return letters;
}

/// Words as numbers; what is punctuation alone is equal to nothing else.
class Numbers {
 public:
  int of(const QString& word) {
    const QString key = bare(word);
    const auto found = known_.constFind(key);
    return found != known_.constEnd() ? *found
                                      : *known_.insert(key, static_cast<int>(known_.size()));
  }

 private:
  QHash<QString, int> known_;
};

enum class Step : char { kBoth, kFirst, kOther };

/// The steps from the begin of both lists to their ends, if they stay within `reach` places of the
/// diagonal and cost at most as much; none otherwise. Cost: a word replaced, left out or put in.
std::vector<Step> stepsWithin(std::span<const int> a, std::span<const int> b, int reach) {
  const int n = static_cast<int>(a.size()), m = static_cast<int>(b.size());
  const int width = 2 * reach + 1;
  const auto at = [&](int i, int j) { return static_cast<std::size_t>(j - i + reach); };
  std::vector<int> costs(static_cast<std::size_t>(width), kFar), next = costs;
  std::vector<Step> taken(static_cast<std::size_t>(n + 1) * static_cast<std::size_t>(width));
  for (int i = 0; i <= n; ++i) {
    std::ranges::fill(next, kFar);
    const std::size_t row = static_cast<std::size_t>(i) * static_cast<std::size_t>(width);
    for (int j = std::max(0, i - reach); j <= std::min(m, i + reach); ++j) {
      const std::size_t k = at(i, j);
      if (i == 0 && j == 0) next[k] = 0;
      const auto offer = [&](int cost, Step step) {
        if (cost >= next[k]) return;
        next[k] = cost;
        taken[row + k] = step;
      };
      // Of ways that cost the same, words that one has alone come last.
      if (i > 0 && k + 1 < next.size()) offer(costs[k + 1] + 1, Step::kFirst);
      if (j > 0 && k > 0) offer(next[k - 1] + 1, Step::kOther);
      if (i > 0 && j > 0) offer(costs[k] + (a[i - 1] == b[j - 1] ? 0 : 1), Step::kBoth);
    }
    std::swap(costs, next);
  }
  if (std::abs(n - m) > reach || costs[at(n, m)] > reach) return {};
  std::vector<Step> steps;
  for (int i = n, j = m; i > 0 || j > 0;) {
    const Step step =
        taken[static_cast<std::size_t>(i) * static_cast<std::size_t>(width) + at(i, j)];
    steps.push_back(step);
    if (step != Step::kOther) --i;
    if (step != Step::kFirst) --j;
  }
  std::ranges::reverse(steps);
  return steps;
}

// Lists that differ little need little room around the diagonal: what is far from it costs more.
std::vector<Step> stepsBetween(std::span<const int> a, std::span<const int> b) {
  if (a.empty() && b.empty()) return {};
  const int most = static_cast<int>(std::max(a.size(), b.size()));
  for (int reach = 16;; reach *= 2) {
    auto steps = stepsWithin(a, b, std::min(reach, most));
    if (!steps.empty()) return steps;
  }
}

struct Place {
  std::size_t segment = 0, word = 0;
};

std::vector<Place> placesOf(const Transcript& transcript, double until) {
  std::vector<Place> places;
  for (std::size_t s = 0; s < transcript.segments.size(); ++s)
    for (std::size_t w = 0; w < transcript.segments[s].words.size(); ++w) {
      const HeardWord& word = transcript.segments[s].words[w];
      const double start = word.start >= 0 ? word.start : transcript.segments[s].start;
      if (start < until) places.push_back({s, w});
    }
  return places;
}

const HeardWord& wordAt(const Transcript& transcript, const Place& place) {
  return transcript.segments[place.segment].words[place.word];
}

std::vector<int> numbersOf(const Transcript& transcript, const std::vector<Place>& places,
                           Numbers& numbers) {
  std::vector<int> result;
  for (const Place& place : places) result.push_back(numbers.of(wordAt(transcript, place).text));
  return result;
}

}  // namespace

WordAlignment alignWords(const Transcript& first, const Transcript& other, double until) {
  const auto mine = placesOf(first, until);
  const auto theirs = placesOf(other, std::numeric_limits<double>::infinity());
  Numbers numbers;
  const auto a = numbersOf(first, mine, numbers), b = numbersOf(other, theirs, numbers);
  WordAlignment result;
  result.words = static_cast<int>(a.size());
  for (const HeardSegment& segment : first.segments)
    result.rows.push_back({std::vector(segment.words.size(), WordMatch::kSame), {}, {}});
  if (result.rows.empty()) return result;
  std::size_t i = 0, j = 0;
  for (const Step step : stepsBetween(a, b)) {
    const bool same = step == Step::kBoth && a[i] == b[j];
    const WordMatch match = same                  ? WordMatch::kSame
                            : step == Step::kBoth ? WordMatch::kReplaced
                                                  : WordMatch::kOnlyHere;
    // A word that only the other has stands with the word before it.
    const std::size_t row = step != Step::kOther ? mine[i].segment
                            : i > 0              ? mine[i - 1].segment
                                                 : 0;
    if (step != Step::kOther) result.rows[row].own[mine[i].word] = match;
    if (step != Step::kFirst) {
      result.rows[row].other.push_back(wordAt(other, theirs[j]));
      result.rows[row].otherMatches.push_back(match);
    }
    result.replaced += match == WordMatch::kReplaced;
    result.deleted += step == Step::kFirst;
    result.inserted += step == Step::kOther;
    if (step != Step::kOther) ++i;
    if (step != Step::kFirst) ++j;
  }
  return result;
}

}  // namespace orrery::ui
