// Times between text: in pairs, never going back, and wherever all of them together are likelier
// than any one token of text.

#include <algorithm>
#include <limits>

#include "core/generation/numerics.h"
#include "core/generation/processors.h"

namespace orrery::generation {
namespace {

constexpr float kNone = -std::numeric_limits<float>::infinity();

class Timestamps {
 public:
  Timestamps(const TimestampRules& rules, std::size_t promptLength)
      : rules_(rules),
        first_(static_cast<std::size_t>(rules.noTimestamps) + 1),
        promptLength_(promptLength) {}

  void operator()(std::span<const TokenId> ids, std::span<float> scores) const {
    if (first_ >= scores.size()) return;
    scores[first_ - 1] = kNone;
    const auto written = ids.subspan(std::min(promptLength_, ids.size()));
    if (written.empty())
      begin(scores);
    else
      goOn(written, scores);
    if (timesAreLikelier(scores)) hide(scores.first(first_));
  }

 private:
  static void hide(std::span<float> scores) { std::ranges::fill(scores, kNone); }
  bool isTime(TokenId id) const { return static_cast<std::size_t>(id) >= first_; }

  void begin(std::span<float> scores) const {
    hide(scores.first(first_));
    if (!rules_.latestFirst) return;
    const std::size_t last = first_ + static_cast<std::size_t>(*rules_.latestFirst);
    if (last + 1 < scores.size()) hide(scores.subspan(last + 1));
  }

  void goOn(std::span<const TokenId> written, std::span<float> scores) const {
    const bool last = isTime(written.back());
    const bool before = written.size() < 2 || isTime(written[written.size() - 2]);
    if (last && before) hide(scores.subspan(first_));
    if (last && !before) hide(scores.first(static_cast<std::size_t>(rules_.endOfText)));
    const auto latest =
        std::find_if(written.rbegin(), written.rend(), [&](TokenId id) { return isTime(id); });
    if (latest == written.rend()) return;
    // The time that ends a piece may begin the next one; else time must go on.
    const auto from = static_cast<std::size_t>(*latest) + (last && !before ? 0 : 1);
    hide(scores.subspan(first_, std::min(from, scores.size()) - first_));
  }

  bool timesAreLikelier(std::span<const float> scores) const {
    const auto times = scores.subspan(first_);
    const float text = *std::ranges::max_element(scores.first(first_));
    const float most = *std::ranges::max_element(times);
    if (most == kNone) return false;
    return static_cast<float>(softmaxStats(times).logSum()) > text;
  }

  TimestampRules rules_;
  std::size_t first_;  ///< token of time 0
  std::size_t promptLength_;
};

}  // namespace

ProcessorPtr makeTimestamps(const TimestampRules& rules, std::size_t promptLength) {
  return processorOf("return_timestamps", Timestamps(rules, promptLength));
}

}  // namespace orrery::generation
