#include "core/kernels/attend_many.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "core/base/thread_pool.h"
#include "core/kernels/decode.h"
#include "core/kernels/isa.h"
#include "core/kernels/rotate.h"
#include "tests/kernels/random_values.h"
#include "tests/support/test_main.h"

using namespace orrery::kernels;
using orrery::ThreadPool;

namespace {

constexpr std::int64_t kRoom = 8;

// A cache of `tokens` in chunks of kRoom, the room after them filled with NaN.
struct Cache {
  std::int64_t tokens, kvHeads, dim;
  std::vector<std::vector<float>> keys, values;
  std::vector<CacheChunk> chunks;

  Cache(std::int64_t tokenCount, std::int64_t heads, std::int64_t headDim, std::mt19937& random)
      : tokens(tokenCount), kvHeads(heads), dim(headDim) {
    for (std::int64_t start = 0; start < tokens; start += kRoom) {
      keys.push_back(randomValues(heads * kRoom * dim, random));
      values.push_back(randomValues(heads * kRoom * dim, random));
      const std::int64_t count = std::min(kRoom, tokens - start);
      for (std::int64_t h = 0; h < heads; ++h)
        for (std::int64_t i = count * dim; i < kRoom * dim; ++i)
          keys.back()[std::size_t(h * kRoom * dim + i)] =
              values.back()[std::size_t(h * kRoom * dim + i)] = std::nanf("");
      chunks.push_back({nullptr, nullptr, count, kRoom});
    }
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      chunks[i].keys = keys[i].data();
      chunks[i].values = values[i].data();
    }
  }
  double at(const std::vector<std::vector<float>>& of, std::int64_t h, std::int64_t t,
            std::int64_t d) const {
    return of[std::size_t(t / kRoom)][std::size_t((h * kRoom + t % kRoom) * dim + d)];
  }
};

std::vector<double> expected(const SingleQuery& q, const Cache& cache) {
  std::vector<double> out(std::size_t(q.heads * q.headDim), 0.0);
  for (std::int64_t h = 0; h < q.heads; ++h) {
    const std::int64_t kh = h / (q.heads / q.kvHeads);
    double total = q.sinks ? std::exp(double(q.sinks[h])) : 0;
    std::vector<double> shares;
    for (std::int64_t t = q.skip; t < cache.tokens; ++t) {
      double score = 0;
      for (std::int64_t d = 0; d < q.headDim; ++d)
        score += double(q.q[h * q.headDim + d]) * cache.at(cache.keys, kh, t, d);
      score *= double(q.scale);
      if (q.softcap != 0) score = double(q.softcap) * std::tanh(score / double(q.softcap));
      shares.push_back(std::exp(score));
      total += shares.back();
    }
    for (std::int64_t t = q.skip; t < cache.tokens; ++t)
      for (std::int64_t d = 0; d < q.headDim; ++d)
        out[std::size_t(h * q.headDim + d)] +=
            shares[std::size_t(t - q.skip)] / total * cache.at(cache.values, kh, t, d);
  }
  return out;
}

}  // namespace

class DecodeKernelsTest : public QObject {
  Q_OBJECT

 private slots:
  void cleanup() {
    useIsa(availableIsas().back());
    ThreadPool::shared().setThreads(2);
  }
  void attentionEqualsTheFormulaInDoubles() {
    std::mt19937 random(1);
    const auto sinks = randomValues(6, random);
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (const std::int64_t dim : {1, 8, 15, 20, 64, 80, 128})
        for (const std::int64_t tokens : {1, 7, 8, 9, 40})
          for (const int variant : {0, 1, 2, 3}) {
            const Cache cache(tokens, 2, dim, random);
            const auto q = randomValues(6 * dim, random);
            SingleQuery query{q.data(), 6, 2, dim, cache.chunks};
            query.scale = 1 / std::sqrt(static_cast<float>(dim));
            query.skip = variant == 1 ? tokens / 2 : 0;
            query.softcap = variant == 2 ? 2.0F : 0.0F;
            query.sinks = variant == 3 ? sinks.data() : nullptr;
            std::vector<float> out(q.size());
            attendOne(query, out.data());
            const auto right = expected(query, cache);
            for (std::size_t i = 0; i < out.size(); ++i)
              QVERIFY2(std::abs(out[i] - right[i]) < 2e-5, isaName(isa).data());
          }
    }
  }
  void threadsDoNotChangeABit() {
    std::mt19937 random(2);
    const Cache cache(300, 3, 64, random);
    const auto q = randomValues(9 * 64, random);
    const SingleQuery query{q.data(), 9, 3, 64, cache.chunks, 5, 0.125F};
    std::vector<float> one(q.size()), many(q.size());
    ThreadPool::shared().setThreads(1);
    attendOne(query, one.data());
    ThreadPool::shared().setThreads(4);
    attendOne(query, many.data());
    QCOMPARE(std::memcmp(one.data(), many.data(), 4 * one.size()), 0);
  }
  void manyQueriesEqualOneByOne() {
    std::mt19937 random(4);
    const auto sinks = randomValues(6, random);
    for (const Isa isa : availableIsas()) {
      useIsa(isa);
      for (const std::int64_t dim : {1, 8, 20, 64, 80, 144})
        for (const auto& [past, time] :
             {std::pair<std::int64_t, std::int64_t>{0, 2}, {0, 40}, {5, 17}, {130, 3}})
          for (const int variant : {0, 1, 2, 3}) {
            const Cache cache(past + time, 2, dim, random);
            const auto q = randomValues(time * 6 * dim, random);
            ManyQueries many{q.data(), time, 6, 2, dim, cache.chunks, past};
            many.scale = 1 / std::sqrt(static_cast<float>(dim));
            many.window = variant == 1 ? 9 : 0;
            many.softcap = variant == 2 ? 2.0F : 0.0F;
            many.sinks = variant == 3 ? sinks.data() : nullptr;
            std::vector<float> out(q.size());
            attendMany(many, out.data());
            for (std::int64_t t = 0; t < time; ++t) {
              Cache seen = cache;
              seen.tokens = past + t + 1;
              SingleQuery one{q.data() + t * 6 * dim, 6, 2, dim, cache.chunks};
              one.skip = many.window > 0 ? std::max<std::int64_t>(0, seen.tokens - many.window) : 0;
              one.scale = many.scale;
              one.softcap = many.softcap;
              one.sinks = many.sinks;
              const auto right = expected(one, seen);
              for (std::size_t i = 0; i < right.size(); ++i)
                QVERIFY2(std::abs(out[std::size_t(t * 6 * dim) + i] - right[i]) < 2e-5,
                         isaName(isa).data());
            }
          }
    }
  }
  void threadsDoNotChangeABitOfManyQueries() {
    std::mt19937 random(5);
    const Cache cache(150, 3, 64, random);
    const auto q = randomValues(100 * 9 * 64, random);
    const ManyQueries many{q.data(), 100, 9, 3, 64, cache.chunks, 50, 0, 0.125F};
    std::vector<float> one(q.size()), shared(q.size());
    ThreadPool::shared().setThreads(1);
    attendMany(many, one.data());
    ThreadPool::shared().setThreads(4);
    attendMany(many, shared.data());
    QCOMPARE(std::memcmp(one.data(), shared.data(), 4 * one.size()), 0);
  }
  void rotationEqualsTheFormula() {
    std::mt19937 random(6);
    const std::int64_t tokens = 3, heads = 2, headDim = 12, dim = 8;
    const auto cos = randomValues(tokens * dim, random), sin = randomValues(tokens * dim, random);
    const auto x = randomValues(tokens * heads * headDim, random);
    for (const RotaryPairs pairs : {RotaryPairs::kHalves, RotaryPairs::kNeighbours}) {
      auto y = x;
      rotate(y.data(), tokens, heads, headDim, {cos.data(), sin.data(), dim, pairs});
      for (std::int64_t i = 0; i < tokens * heads * headDim; ++i) {
        const std::int64_t d = i % headDim, head = i - d, angle = i / (heads * headDim) * dim + d;
        const bool halves = pairs == RotaryPairs::kHalves;
        const bool first = halves ? d < dim / 2 : d % 2 == 0;
        const std::int64_t other = halves ? (d + dim / 2) % dim : d ^ 1;
        const double turned = d >= dim ? double(x[std::size_t(i)])
                                       : double(x[std::size_t(i)]) * cos[std::size_t(angle)] +
                                             (first ? -1.0 : 1.0) *
                                                 double(x[std::size_t(head + other)]) *
                                                 sin[std::size_t(angle)];
        QVERIFY(std::abs(y[std::size_t(i)] - turned) < 1e-6);
      }
    }
  }
};

ORRERY_TEST(DecodeKernelsTest)
#include "decode_test.moc"
