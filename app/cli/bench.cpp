#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <numeric>

#include "app/cli/commands.h"
#include "app/cli/load_options.h"
#include "core/base/thread_pool.h"

namespace orrery::cli {
namespace {

using Clock = std::chrono::steady_clock;
using generation::TokenId;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Bytes per second that the kernels' threads read from memory, the best of some passes.
double readBandwidth() {
  std::vector<std::uint64_t> data(std::size_t{1} << 25, 1);  // 256 MiB, beyond any cache
  double best = 0;
  for (int pass = 0; pass < 4; ++pass) {
    std::atomic<std::uint64_t> sum{0};
    const auto start = Clock::now();
    ThreadPool::shared().parallelFor(
        static_cast<std::int64_t>(data.size()), 1 << 16, [&](std::int64_t begin, std::int64_t end) {
          sum += std::accumulate(data.begin() + begin, data.begin() + end, std::uint64_t{0});
        });
    best = std::max(best, static_cast<double>(sum.load()) * 8 / secondsSince(start));
  }
  return best;
}

/// Largest resident size of this process so far, bytes.
std::uint64_t peakMemory() {
  std::ifstream status("/proc/self/status");
  std::string key;
  std::uint64_t kilobytes = 0;
  while (status >> key)
    if (key == "VmHWM:") status >> kilobytes;
  return kilobytes * 1024;
}

struct Options {
  LoadOptions load;
  int prompt = 256, tokens = 64, repeats = 3;
  bool json = false;
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

Json measure(const Options& options) {
  const auto start = Clock::now();
  const auto model = runtime().load(options.load);
  const double loadSeconds = secondsSince(start);
  std::vector<double> prefill, decode;
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    const auto session = model->sessions().newSession({});
    std::vector<TokenId> prompt(static_cast<std::size_t>(options.prompt));
    for (std::size_t i = 0; i < prompt.size(); ++i)
      prompt[i] = static_cast<TokenId>(i * 7919 % static_cast<std::size_t>(session->vocabSize()));
    auto phase = Clock::now();
    session->prefill(0, prompt, {});
    prefill.push_back(options.prompt / secondsSince(phase));
    phase = Clock::now();
    for (int i = 0; i < options.tokens; ++i) {
      const auto logits = session->logits(0);
      const TokenId next =
          static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
      session->step({&next, 1});
    }
    decode.push_back(options.tokens / secondsSince(phase));
  }
  const std::uint64_t memory = peakMemory();  // before the bandwidth test takes its own
  const double bandwidth = readBandwidth();
  const double rate = median(decode);
  return {{"load_s", loadSeconds},
          {"prefill_tokens", options.prompt},
          {"prefill_tokens_per_s", median(prefill)},
          {"decode_tokens", options.tokens},
          {"decode_tokens_per_s", rate},
          {"peak_memory_bytes", memory},
          {"bytes_per_token", model->bytesPerToken()},
          {"read_bandwidth_bytes_per_s", bandwidth},
          {"bandwidth_share", rate * static_cast<double>(model->bytesPerToken()) / bandwidth}};
}

int runBench(const Options& options) {
  const Json result = measure(options);
  if (options.json) {
    std::puts(result.dump(1).c_str());
    return kDone;
  }
  const auto number = [&](const char* key) { return result[key].get<double>(); };
  fmt::print("load     {:8.3f} s\nprefill  {:8.1f} tokens/s ({} tokens)\n", number("load_s"),
             number("prefill_tokens_per_s"), options.prompt);
  fmt::print(
      "decode   {:8.1f} tokens/s ({} tokens), {:.0f} % of the memory bandwidth of {:.1f} GB/s\n",
      number("decode_tokens_per_s"), options.tokens, 100 * number("bandwidth_share"),
      number("read_bandwidth_bytes_per_s") / 1e9);
  fmt::print("memory   {:8.1f} MB at most\n", number("peak_memory_bytes") / 1e6);
  return kDone;
}

}  // namespace

void addBenchCommand(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("bench", "Measure loading, prefill and decoding of a model");
  addLoadOptions(*command, options->load);
  command->add_option("-p,--prompt-tokens", options->prompt, "Tokens of the prompt")
      ->check(CLI::Range(1, 1 << 20));
  command->add_option("-n,--new-tokens", options->tokens, "Tokens to decode")
      ->check(CLI::Range(1, 1 << 20));
  command->add_option("-r,--repeats", options->repeats, "Times to repeat; the median is reported")
      ->check(CLI::Range(1, 1000));
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&run, options] { run = [options] { return runBench(*options); }; });
}

}  // namespace orrery::cli
