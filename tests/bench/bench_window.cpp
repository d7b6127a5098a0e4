// How long the window's event handlers take, in wall time, while four columns generate:
// bench_window [MODEL] (a folder or .gguf file; without one, a fake engine sends a token every
// millisecond)
//
// tests/ui bounds the same handlers in CPU time of their thread. Wall time is what a user feels,
// with the engines on the same cores, and depends on the machine.

#include <fmt/format.h>

#include <QElapsedTimer>
#include <algorithm>

#include "tests/ui/measuring_application.h"
#include "tests/ui/workbench.h"

using namespace orrery;
using test::HandledEvent;

namespace {

constexpr int kTokens = 1000;
constexpr int kColumns = 4;
constexpr double kFrame = 1.0 / 60;
constexpr double kLimit = 0.05;
constexpr int kPatienceMilliseconds = 600'000;

test::Workbench makeBench(const QString& model) {
  const QString programs = QCoreApplication::applicationDirPath();
  if (!model.isEmpty()) return {programs + "/orrery-cli", {"engine"}};
  qputenv("ORRERY_FAKE_ENGINE", (programs + "/fake_engine").toUtf8());
  return test::Workbench(Json{{"token_ms", 1}, {"reply", test::longReply(kTokens)}});
}

/// Handles events until `done` or for that long; whether it was done.
template <class Condition>
bool handleUntil(const Condition& done, int milliseconds) {
  QElapsedTimer since;
  since.start();
  while (!done() && since.elapsed() < milliseconds)
    QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 20);
  return done();
}

void report(std::vector<HandledEvent> events, double seconds, std::size_t tokens) {
  std::ranges::sort(events, std::greater(), &HandledEvent::wallSeconds);
  const auto above = [&](double limit) {
    return std::ranges::count_if(events, [&](const auto& e) { return e.wallSeconds > limit; });
  };
  fmt::print("{} tokens in {:.1f} s, {} events: {} above a frame ({:.1f} ms), {} above {:.0f} ms\n",
             tokens, seconds, events.size(), above(kFrame), kFrame * 1e3, above(kLimit),
             kLimit * 1e3);
  for (const double share : {0.5, 0.01, 0.001})
    fmt::print(
        "{:>6.1f} % take at most {:.2f} ms\n", 100 - 100 * share,
        events[static_cast<std::size_t>(share * static_cast<double>(events.size()))].wallSeconds *
            1e3);
  fmt::print("slowest (wall, CPU):\n");
  for (std::size_t i = 0; i < std::min<std::size_t>(events.size(), 5); ++i)
    fmt::print("  {:.1f} ms, {:.1f} ms: {}\n", events[i].wallSeconds * 1e3,
               events[i].cpuSeconds * 1e3, events[i].name().toStdString());
}

}  // namespace

int main(int argc, char** argv) {
  test::MeasuringApplication app(argc, argv);
  const QString model = app.arguments().value(1);
  test::Workbench bench = makeBench(model);
  ui::ComparePanel& compare = bench.window->compare();
  bench.window->showPanel("compare");
  while (bench.runner().state().columns.size() < kColumns) compare.addColumn();
  for (auto& column : bench.runner().state().columns)
    column.decoding.fields["max_new_tokens"] = kTokens;
  compare.setModel(model.isEmpty() ? "/models/fake" : model);
  compare.setPrompt("Once upon a time");
  handleUntil([] { return false; }, 500);
  app.reset();
  QElapsedTimer since;
  since.start();
  compare.run();
  const bool ended = handleUntil([&] { return !bench.runner().busy(); }, kPatienceMilliseconds);
  std::size_t tokens = 0;
  for (const auto& column : bench.runner().state().columns) tokens += column.tokens.size();
  if (!ended || tokens == 0) {
    fmt::print(stderr, "bench_window: nothing was generated\n");
    return 1;
  }
  report(app.handled(), static_cast<double>(since.elapsed()) / 1e3, tokens);
  return 0;
}
