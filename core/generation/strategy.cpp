#include "core/generation/strategy.h"

#include "core/base/error.h"

namespace orrery::generation {
namespace {

void needBeams(const GenerationConfig& config, std::string_view strategy) {
  if (config.numBeams < 2)
    throw Error(ErrorKind::kInvalidInput, "strategy {} expects at least 2, found {}", strategy,
                config.numBeams)
        .in("num_beams");
}

StrategyRegistry withBuiltIns() {
  StrategyRegistry registry;
  registry.add({"greedy", "Takes the likeliest token at each step.",
                [](GenerationConfig& config) {
                  config.doSample = false;
                  config.numBeams = 1;
                },
                makeRowStrategy});
  registry.add({"sample", "Draws each token at random from the filtered distribution.",
                [](GenerationConfig& config) {
                  config.doSample = true;
                  config.numBeams = 1;
                },
                makeRowStrategy});
  registry.add({"beam_search", "Follows the num_beams best continuations and returns the best.",
                [](GenerationConfig& config) {
                  needBeams(config, "beam_search");
                  config.doSample = false;
                },
                makeBeamStrategy});
  registry.add({"beam_sample", "Draws the continuations of num_beams beams at random.",
                [](GenerationConfig& config) {
                  needBeams(config, "beam_sample");
                  config.doSample = true;
                },
                makeBeamStrategy});
  return registry;
}

}  // namespace

void Decoding::reorder(std::span<const int> order) const {
  session.reorder(order);
  if (guidance) guidance->reorder(order);
}

void Decoding::step(std::span<const TokenId> ids) const {
  cancel.throwIfCancelled();
  session.step(ids);
  if (guidance) guidance->step(ids);
}

void StrategyRegistry::add(StrategyInfo info) {
  for (const StrategyInfo& other : strategies_)
    if (other.name == info.name)
      throw Error(ErrorKind::kInvalidInput, "strategy {} exists already",
                  orrery::quoted(info.name));
  strategies_.push_back(std::move(info));
}

const StrategyInfo& StrategyRegistry::find(std::string_view name) const {
  std::string names;
  for (const StrategyInfo& info : strategies_) {
    if (info.name == name) return info;
    names += (names.empty() ? "" : ", ") + info.name;
  }
  throw Error(ErrorKind::kNotFound, "unknown strategy {}, expected one of {}", quoted(name), names);
}

StrategyRegistry& strategies() {
  static StrategyRegistry registry = withBuiltIns();
  return registry;
}

std::string_view strategyFor(const GenerationConfig& config) {
  if (config.numBeams > 1) return config.doSample ? "beam_sample" : "beam_search";
  return config.doSample ? "sample" : "greedy";
}

}  // namespace orrery::generation
