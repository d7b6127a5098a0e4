// Beam search and beam sampling, step by step as transformers does them, so that ids and scores
// agree: the arithmetic is in float32, and what must not be chosen carries -1e9 rather than minus
// infinity.

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/generation/numerics.h"
#include "core/generation/random.h"
#include "core/generation/strategy.h"

namespace orrery::generation {
namespace {

constexpr float kImpossible = -1e9f;

/// The tokens of a beam, newest first; beams share their beginnings.
struct Node {
  TokenRecord token;
  std::shared_ptr<const Node> previous;
};
using NodePtr = std::shared_ptr<const Node>;

struct Beam {
  std::vector<TokenId> ids;  ///< prompt included
  NodePtr tokens;
  float score = kImpossible;
};

/// A beam with one more token.
struct Candidate {
  int parent = 0;
  TokenId id = 0;
  float score = 0;
  std::optional<FinishReason> finish;
};

struct Finished {
  Beam beam;
  float score = 0;
  FinishReason reason = FinishReason::kLength;
};

template <class T>
void keepBest(std::vector<T>& list, std::size_t count) {
  std::ranges::stable_sort(list, [](const T& a, const T& b) { return a.score > b.score; });
  if (list.size() > count) list.resize(count);
}

class BeamStrategy final : public Strategy {
 public:
  void run(Decoding& decoding) override {
    numBeams_ = static_cast<std::size_t>(decoding.config.numBeams);
    const std::size_t ends = decoding.config.eosTokenId.size();
    candidateCount_ = std::max<std::size_t>(2, 1 + ends) * numBeams_;
    beams_.assign(numBeams_, {decoding.promptIds, nullptr, kImpossible});
    beams_[0].score = 0;
    decoding.reorder(std::vector<int>(numBeams_, 0));
    Random random(decoding.seed, 0);
    for (int step = 0; advance(decoding, random, step); ++step) {
      std::vector<TokenId> next;
      for (const Beam& beam : beams_) next.push_back(beam.ids.back());
      decoding.reorder(parents_);
      decoding.step(next);
      decoding.result.timings.decodeTokens += static_cast<int>(numBeams_);
    }
    returnBest(decoding);
  }

 private:
  /// One step; whether there is another.
  bool advance(Decoding& decoding, Random& random, int step) {
    decoding.cancel.throwIfCancelled();
    scoreContinuations(decoding);
    std::vector<Candidate> candidates =
        decoding.config.doSample ? drawCandidates(random) : bestCandidates();
    for (Candidate& candidate : candidates) {
      std::vector<TokenId> ids = parentOf(candidate).ids;
      ids.push_back(candidate.id);
      candidate.finish = decoding.stopping.check(ids);
    }
    const bool canContinue =
        std::ranges::any_of(candidates, [](const Candidate& c) { return !c.finish; });
    finishTop(decoding, candidates, step);
    continueBest(decoding, candidates, step);
    decoding.result.stats["steps"] = step + 1;
    return canContinue && improvementPossible(decoding, step);
  }

  const Beam& parentOf(const Candidate& candidate) const {
    return beams_[static_cast<std::size_t>(candidate.parent)];
  }

  /// Fills totals_: the score of each beam with each token, and what is to be reported of each
  /// beam.
  void scoreContinuations(Decoding& decoding) {
    const auto vocab = static_cast<std::size_t>(decoding.session.vocabSize());
    totals_.resize(numBeams_ * vocab);
    processed_.resize(numBeams_ * vocab);
    reports_.clear();
    for (std::size_t b = 0; b < numBeams_; ++b) {
      const int row = static_cast<int>(b);
      const std::span<const float> logits = decoding.session.logits(row);
      const std::span<float> scores(processed_.data() + b * vocab, vocab);
      std::ranges::copy(logits, scores.begin());
      const SoftmaxStats stats = logSoftmax(scores);
      if (decoding.guidance) decoding.guidance->apply(row, scores);
      processLogits(decoding.processors, beams_[b].ids, scores);
      for (std::size_t i = 0; i < vocab; ++i) totals_[b * vocab + i] = scores[i] + beams_[b].score;
      reports_.push_back({DistributionReport(logits, stats, decoding.top),
                          DistributionReport(scores, decoding.top)});
    }
  }

  Candidate candidateAt(std::size_t index) const {
    const std::size_t vocab = totals_.size() / numBeams_;
    return {static_cast<int>(index / vocab), static_cast<TokenId>(index % vocab), totals_[index],
            std::nullopt};
  }

  std::vector<Candidate> bestCandidates() const {
    std::vector<Candidate> candidates;
    for (const ScoredToken& best : topTokens(totals_, candidateCount_))
      candidates.push_back(candidateAt(static_cast<std::size_t>(best.id)));
    return candidates;
  }

  /// Draws without replacement: the largest of p / e, with e exponentially distributed, are such a
  /// draw.
  std::vector<Candidate> drawCandidates(Random& random) const {
    const SoftmaxStats stats = softmaxStats(totals_);
    std::vector<float> keys(totals_.size(), -std::numeric_limits<float>::infinity());
    for (std::size_t i = 0; i < totals_.size(); ++i)
      if (std::isfinite(totals_[i]))
        keys[i] = static_cast<float>(stats.logProbability(totals_[i]) -
                                     std::log(-std::log(random.uniform())));
    std::vector<Candidate> candidates;
    for (const ScoredToken& drawn : topTokens(keys, candidateCount_))
      candidates.push_back(candidateAt(static_cast<std::size_t>(drawn.id)));
    return candidates;
  }

  Beam extended(const Candidate& candidate) const {
    const auto& [model, processed] = reports_[static_cast<std::size_t>(candidate.parent)];
    Beam beam = parentOf(candidate);
    beam.ids.push_back(candidate.id);
    beam.score = candidate.score;
    beam.tokens = std::make_shared<const Node>(
        Node{{candidate.id, Provenance::kBeam, model.describe(candidate.id),
              processed.describe(candidate.id)},
             std::move(beam.tokens)});
    return beam;
  }

  /// Only the best num_beams candidates may end; the others are there to go on.
  void finishTop(const Decoding& decoding, const std::vector<Candidate>& candidates, int step) {
    const auto divisor =
        static_cast<float>(std::pow(static_cast<double>(step + 1), decoding.config.lengthPenalty));
    for (std::size_t i = 0; i < std::min(numBeams_, candidates.size()); ++i) {
      const Candidate& candidate = candidates[i];
      if (candidate.finish)
        finished_.push_back({extended(candidate), candidate.score / divisor, *candidate.finish});
    }
    keepBest(finished_, numBeams_);
  }

  void continueBest(Decoding& decoding, std::vector<Candidate>& candidates, int step) {
    for (Candidate& candidate : candidates)
      if (candidate.finish) candidate.score += kImpossible;
    keepBest(candidates, numBeams_);
    std::vector<Beam> beams;
    parents_.clear();
    for (const Candidate& candidate : candidates) {
      parents_.push_back(candidate.parent);
      beams.push_back(extended(candidate));
      decoding.report({step, static_cast<int>(beams.size()) - 1, candidate.parent,
                       candidate.finish.has_value(), candidate.score, beams.back().tokens->token});
    }
    beams_ = std::move(beams);
  }

  /// Whether an open beam may still become better than the worst of the finished ones.
  bool improvementPossible(const Decoding& decoding, int step) const {
    const GenerationConfig& config = decoding.config;
    const bool full = finished_.size() == numBeams_;
    if (full && config.earlyStopping == EarlyStopping::kYes) return false;
    const int newTokens = step + 1;
    const int maxNewTokens = decoding.maxLength - static_cast<int>(decoding.promptIds.size());
    const bool longest = config.earlyStopping == EarlyStopping::kNever && config.lengthPenalty > 0;
    const double length = longest ? maxNewTokens : newTokens;
    const float best = beams_[0].score / static_cast<float>(std::pow(length, config.lengthPenalty));
    return best > (full ? finished_.back().score : kImpossible);
  }

  void returnBest(Decoding& decoding) {
    keepBest(finished_, static_cast<std::size_t>(decoding.config.numReturnSequences));
    for (Finished& entry : finished_) {
      GeneratedSequence sequence;
      sequence.ids.assign(
          entry.beam.ids.begin() + static_cast<std::ptrdiff_t>(decoding.promptIds.size()),
          entry.beam.ids.end());
      sequence.score = entry.score;
      sequence.finishReason = entry.reason;
      for (const Node* node = entry.beam.tokens.get(); node; node = node->previous.get())
        sequence.tokens.push_back(node->token);
      std::ranges::reverse(sequence.tokens);
      decoding.result.sequences.push_back(std::move(sequence));
    }
  }

  std::size_t numBeams_ = 1;
  std::size_t candidateCount_ = 2;
  std::vector<Beam> beams_;
  std::vector<int> parents_;  ///< for each beam, its place before the step
  std::vector<Finished> finished_;
  std::vector<float> totals_, processed_;
  std::vector<std::pair<DistributionReport, DistributionReport>> reports_;
};

}  // namespace

std::unique_ptr<Strategy> makeBeamStrategy() {
  return std::make_unique<BeamStrategy>();
}

}  // namespace orrery::generation
