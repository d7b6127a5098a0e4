#include "core/pipelines/whisper/segments.h"

namespace orrery::pipelines {
namespace {

constexpr double kSecondsOfTime = 0.02, kSecondsOfFrame = 0.01;
constexpr std::int64_t kFramesOfTime = 2;

class Cutter {
 public:
  Cutter(const WrittenWindow& written, const WindowPlace& place, TokenId firstTime)
      : written_(written), place_(place), firstTime_(firstTime) {
    for (std::size_t i = 1; i < size(); ++i)
      if (isTime(i - 1) && isTime(i)) ends_.push_back(i);
    endsWithTime_ = size() >= 2 && isTime(size() - 1) && !isTime(size() - 2);
  }

  CutWindow cut() {
    if (ends_.empty()) return wholeWindow();
    if (endsWithTime_)
      ends_.push_back(size());
    else
      ++ends_.back();  // both times belong to it, so that later readers know how it ended
    CutWindow result;
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      const bool open = end == ends_.back() && !endsWithTime_;
      result.segments.push_back(piece(begin, end, timeAt(begin), timeAt(end - (open ? 2 : 1))));
      begin = end;
    }
    result.advance = endsWithTime_ ? place_.frames : timeAt(begin - 2) * kFramesOfTime;
    return result;
  }

 private:
  std::size_t size() const { return written_.ids.size(); }
  bool isTime(std::size_t i) const { return written_.ids[i] >= firstTime_; }
  std::int64_t timeAt(std::size_t i) const { return written_.ids[i] - firstTime_; }

  CutWindow wholeWindow() const {
    auto last = static_cast<std::int64_t>(static_cast<double>(place_.frames) * kSecondsOfFrame /
                                          kSecondsOfTime);
    for (std::size_t i = size(); i-- > 0;)
      if (isTime(i)) {
        if (timeAt(i) != 0) last = timeAt(i);
        break;
      }
    return {{piece(0, size(), 0, last)}, place_.frames};
  }

  SpeechSegment piece(std::size_t begin, std::size_t end, std::int64_t from,
                      std::int64_t to) const {
    const auto part = [&](const auto& list) {
      using List = std::decay_t<decltype(list)>;
      return list.empty() ? List()
                          : List(list.begin() + static_cast<std::ptrdiff_t>(begin),
                                 list.begin() + static_cast<std::ptrdiff_t>(end));
    };
    SpeechSegment segment{place_.start + static_cast<double>(from) * kSecondsOfTime,
                          place_.start + static_cast<double>(to) * kSecondsOfTime,
                          part(written_.ids), part(written_.times), part(written_.records)};
    for (float& time : segment.times) time += static_cast<float>(place_.start);
    return segment;
  }

  const WrittenWindow& written_;
  const WindowPlace& place_;
  TokenId firstTime_;
  std::vector<std::size_t> ends_;
  bool endsWithTime_ = false;
};

}  // namespace

CutWindow cutWindow(const WrittenWindow& written, const WindowPlace& place, TokenId firstTime) {
  return Cutter(written, place, firstTime).cut();
}

}  // namespace orrery::pipelines
