#include "app/cli/hub/progress_line.h"

#include <unistd.h>

#include <cstdio>

#include "core/base/amounts.h"
#include "core/hub/download.h"

namespace orrery::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kOnTerminal = std::chrono::milliseconds(100);
constexpr auto kElsewhere = std::chrono::seconds(10);

std::string bytes(double number) {
  return bytesText(static_cast<std::uint64_t>(number));
}

std::string timeText(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string textOf(const Progress& progress) {
  std::string text = bytes(progress.done);
  if (progress.total > 0)
    text += fmt::format(" of {} ({:.0f} %)", bytes(progress.total),
                        100 * progress.done / progress.total);
  if (progress.rate > 0) text += fmt::format(", {}/s", bytes(progress.rate));
  if (progress.secondsLeft && *progress.secondsLeft > 0)
    text += ", " + timeText(*progress.secondsLeft) + " left";
  return text;
}

}  // namespace

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) != 0), last_(Clock::now()) {}

ProgressLine::~ProgressLine() {
  clear();
}

void ProgressLine::show(const Progress& progress) {
  const auto now = Clock::now();
  if (now - last_ < (terminal_ ? Clock::duration(kOnTerminal) : Clock::duration(kElsewhere)))
    return;
  last_ = now;
  std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", textOf(progress).c_str());
  std::fflush(stderr);
  shown_ = terminal_;
}

void ProgressLine::say(const std::string& line) {
  clear();
  std::fprintf(stderr, "%s\n", line.c_str());
}

void ProgressLine::clear() {
  if (shown_) std::fprintf(stderr, "\r\033[K");
  shown_ = false;
}

}  // namespace orrery::cli
