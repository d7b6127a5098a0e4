#include "core/generation/numerics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "core/base/error.h"

namespace orrery::generation {
namespace {

constexpr float kNone = -std::numeric_limits<float>::infinity();

/// e^x for x <= 88 by splitting x = n ln 2 + r and a polynomial for e^r; branch-free, so that
/// compilers vectorize loops over it.
inline float fastExp(float x) {
  const float clamped = x < -87.0f ? -87.0f : x;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const float shifted = clamped * 1.44269504f + kRound;
  const float n = shifted - kRound;
  const float r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const auto exponent = (std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRound))
                        << 23;
  const float result = std::bit_cast<float>(std::bit_cast<std::int32_t>(p) + exponent);
  return x < -87.0f ? 0.0f : result;
}

constexpr std::size_t kLanes = 16;

// Loops over a vocabulary, once for each kind of vectors that processors have. ISO C++ contracts no
// products with sums, so all give the same bits.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define ORRERY_FOR_EACH_VECTOR_SIZE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ORRERY_FOR_EACH_VECTOR_SIZE
#endif

/// Of e^x and of e^x * x, x being a score less the maximum.
struct BlockSums {
  std::array<float, kLanes> sums{}, products{};
  bool notANumber = false;
};

ORRERY_FOR_EACH_VECTOR_SIZE
BlockSums sumBlock(const float* scores, std::size_t count, float maximum) {
  BlockSums block;
  int notANumber = 0;
  const auto add = [&](std::size_t i, std::size_t lane) {
    const float x = scores[i] - maximum;
    notANumber |= x != x;
    const float e = fastExp(x);
    block.sums[lane] += e;
    block.products[lane] += e * (x < -87.0f ? -87.0f : x);
  };
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) add(i + lane, lane);
  for (; i < count; ++i) add(i, 0);
  block.notANumber = notANumber != 0;
  return block;
}

ORRERY_FOR_EACH_VECTOR_SIZE
float maximumOf(std::span<const float> scores) {
  std::array<float, kLanes> lanes;
  lanes.fill(kNone);
  std::size_t i = 0;
  for (; i + kLanes <= scores.size(); i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      lanes[lane] = scores[i + lane] > lanes[lane] ? scores[i + lane] : lanes[lane];
  float best = *std::max_element(lanes.begin(), lanes.end());
  for (; i < scores.size(); ++i) best = std::max(best, scores[i]);
  return best;
}

Error notFinite(const char* found) {
  return Error(ErrorKind::kInvalidInput,
               "scores of the next token: expected finite numbers, found {}", found);
}

/// Order of topTokens: higher score first, then lower id.
bool better(const ScoredToken& a, const ScoredToken& b) {
  return a.score != b.score ? a.score > b.score : a.id < b.id;
}

}  // namespace

void expShifted(std::span<const float> scores, float offset, std::span<float> out) {
  for (std::size_t i = 0; i < scores.size(); ++i) out[i] = fastExp(scores[i] - offset);
}

double SoftmaxStats::logSum() const {
  return maximum + std::log(sum);
}

double SoftmaxStats::probability(float score) const {
  return std::exp(score - maximum) / sum;
}

SoftmaxStats softmaxStats(std::span<const float> scores) {
  SoftmaxStats stats;
  stats.maximum = maximumOf(scores);
  if (stats.maximum == kNone) throw notFinite("none");
  if (stats.maximum == std::numeric_limits<float>::infinity()) throw notFinite("infinity");
  double sum = 0, weighted = 0;
  bool notANumber = false;
  // Blocks keep the vectorized float sums short and so accurate.
  constexpr std::size_t kBlock = 1024;
  for (std::size_t begin = 0; begin < scores.size(); begin += kBlock) {
    const BlockSums block =
        sumBlock(scores.data() + begin, std::min(kBlock, scores.size() - begin), stats.maximum);
    notANumber |= block.notANumber;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sum += block.sums[lane];
      weighted += block.products[lane];
    }
  }
  if (notANumber) throw notFinite("NaN");
  stats.sum = sum;
  stats.entropy = std::max(0.0, std::log(sum) - weighted / sum);
  return stats;
}

SoftmaxStats logSoftmax(std::span<float> scores) {
  const SoftmaxStats stats = softmaxStats(scores);
  const float logSum = static_cast<float>(std::log(stats.sum));
  for (float& score : scores) score = (score - stats.maximum) - logSum;
  return stats;
}

float kthLargest(std::span<const float> scores, std::size_t k) {
  constexpr std::size_t kHeapLimit = 512;
  if (k > kHeapLimit) {
    std::vector<float> copy(scores.begin(), scores.end());
    const auto nth = copy.begin() + static_cast<std::ptrdiff_t>(k - 1);
    std::nth_element(copy.begin(), nth, copy.end(), std::greater<>());
    return *nth;
  }
  // A heap of the k best so far, the worst of them on top.
  std::vector<float> heap(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(k));
  std::ranges::make_heap(heap, std::greater<>());
  for (const float score : scores.subspan(k)) {
    if (!(score > heap.front())) continue;
    std::ranges::pop_heap(heap, std::greater<>());
    heap.back() = score;
    std::ranges::push_heap(heap, std::greater<>());
  }
  return heap.front();
}

std::vector<ScoredToken> topTokens(std::span<const float> scores, std::size_t k) {
  k = std::min(k, scores.size());
  if (k == 0) return {};
  const float threshold = kthLargest(scores, k);
  std::vector<ScoredToken> best;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (scores[i] >= threshold && scores[i] != kNone)
      best.push_back({static_cast<TokenId>(i), scores[i]});
  std::ranges::sort(best, better);
  if (best.size() > k) best.resize(k);
  return best;
}

TokenId argmax(std::span<const float> scores) {
  const float best = maximumOf(scores);
  return static_cast<TokenId>(std::ranges::find(scores, best) - scores.begin());
}

}  // namespace orrery::generation
