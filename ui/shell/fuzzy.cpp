#include "ui/shell/fuzzy.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace orrery::ui {
namespace {

constexpr int kNone = std::numeric_limits<int>::min() / 2;
constexpr int kLetter = 1;
constexpr int kRun = 6;
constexpr int kWordStart = 8;

bool startsWord(QStringView text, qsizetype i) {
  if (i == 0) return true;
  const QChar before = text[i - 1];
  return !before.isLetterOrNumber() || (before.isLower() && text[i].isUpper());
}

}  // namespace

std::optional<int> fuzzyScore(QStringView pattern, QStringView text) {
  // best[i]: the best score with the letters so far, the last of them at text[i].
  std::vector<int> best(static_cast<std::size_t>(text.size()), kNone);
  bool first = true;
  for (const QChar wanted : pattern) {
    if (wanted.isSpace()) continue;
    std::vector<int> next(best.size(), kNone);
    int before = first ? 0 : kNone;  // best score of a placement that ends before i - 1
    for (std::size_t i = 0; i < best.size(); ++i) {
      const bool run = !first && i > 0 && best[i - 1] > kNone;
      const int reached = std::max(before, run ? best[i - 1] + kRun : kNone);
      const auto at = static_cast<qsizetype>(i);
      if (reached > kNone && text[at].toCaseFolded() == wanted.toCaseFolded())
        next[i] = reached + kLetter + (startsWord(text, at) ? kWordStart : 0);
      if (!first && i > 0) before = std::max(before, best[i - 1]);
    }
    best = std::move(next);
    first = false;
  }
  if (first) return 0;
  const auto top = std::max_element(best.begin(), best.end());
  if (top == best.end() || *top <= kNone) return std::nullopt;
  return *top;
}

}  // namespace orrery::ui
