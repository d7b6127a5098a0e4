// Greedy decoding and sampling: rows that know nothing of each other.

#include "core/generation/numerics.h"
#include "core/generation/random.h"
#include "core/generation/strategy.h"

namespace orrery::generation {
namespace {

struct Row {
  int number;  ///< in the result
  std::vector<TokenId> ids;
  Random random;
};

TokenId drawToken(std::span<const float> scores, Random& random) {
  const SoftmaxStats stats = softmaxStats(scores);
  std::vector<float> weights(scores.size());
  expShifted(scores, stats.maximum, weights);
  double sum = 0;
  for (const float weight : weights) sum += weight;
  double left = random.uniform() * sum;
  TokenId last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    last = static_cast<TokenId>(i);
    left -= weights[i];
    if (left < 0) break;
  }
  return last;
}

class RowStrategy final : public Strategy {
 public:
  void run(Decoding& decoding) override {
    start(decoding);
    for (int step = 0; !rows_.empty(); ++step) {
      decoding.cancel.throwIfCancelled();
      next_.clear();
      active_.clear();
      for (std::size_t i = 0; i < rows_.size(); ++i) advance(decoding, static_cast<int>(i), step);
      if (step > 0) decoding.result.timings.decodeTokens += static_cast<int>(rows_.size());
      dropFinished(decoding);
      if (!rows_.empty()) decoding.step(next_);
      decoding.result.stats["steps"] = step + 1;
    }
  }

 private:
  void start(Decoding& decoding) {
    const int count = decoding.config.numReturnSequences;
    for (int i = 0; i < count; ++i)
      rows_.push_back(
          {i, decoding.promptIds, Random(decoding.seed, static_cast<std::uint32_t>(i))});
    decoding.result.sequences.resize(rows_.size());
    if (count > 1) decoding.reorder(std::vector<int>(rows_.size(), 0));
  }

  /// Chooses the next token of the session's row `place`.
  void advance(Decoding& decoding, int place, int step) {
    Row& row = rows_[static_cast<std::size_t>(place)];
    const std::span<const float> logits = decoding.session.logits(place);
    scores_.assign(logits.begin(), logits.end());
    if (decoding.guidance) decoding.guidance->apply(place, scores_);
    processLogits(decoding.processors, row.ids, scores_);
    const bool sample = decoding.config.doSample;
    const TokenId id = sample ? drawToken(scores_, row.random) : argmax(scores_);

    TokenRecord record{id, sample ? Provenance::kSampled : Provenance::kGreedy, {}, {}};
    record.model = DistributionReport(logits, decoding.top).describe(id);
    const bool changed = decoding.guidance || !decoding.processors.empty();
    record.processed =
        changed ? DistributionReport(scores_, decoding.top).describe(id) : record.model;
    row.ids.push_back(id);
    keep(decoding, row, place, step, std::move(record));
  }

  void keep(Decoding& decoding, const Row& row, int place, int step, TokenRecord record) {
    GeneratedSequence& sequence = decoding.result.sequences[static_cast<std::size_t>(row.number)];
    sequence.ids.push_back(record.id);
    sequence.score += record.processed.logprob;
    sequence.tokens.push_back(std::move(record));
    const auto reason = decoding.stopping.check(row.ids);
    if (reason) {
      sequence.finishReason = *reason;
    } else {
      active_.push_back(place);
      next_.push_back(row.ids.back());
    }
    decoding.report({step, row.number, row.number, reason.has_value(), sequence.score,
                     sequence.tokens.back(), scores_});
  }

  void dropFinished(Decoding& decoding) {
    if (active_.size() == rows_.size()) return;
    std::vector<Row> rows;
    for (const int place : active_)
      rows.push_back(std::move(rows_[static_cast<std::size_t>(place)]));
    rows_ = std::move(rows);
    if (!rows_.empty()) decoding.reorder(active_);
  }

  std::vector<Row> rows_;
  std::vector<float> scores_;
  std::vector<TokenId> next_;  ///< of the rows that go on
  std::vector<int> active_;    ///< their places
};

}  // namespace

std::unique_ptr<Strategy> makeRowStrategy() {
  return std::make_unique<RowStrategy>();
}

}  // namespace orrery::generation
