#include "core/kernels/attend_whole.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "core/base/thread_pool.h"
#include "core/kernels/isa.h"
#include "core/kernels/scalar.h"
#include "tests/kernels/random_values.h"
#include "tests/support/test_main.h"

using namespace orrery::kernels;
using orrery::ThreadPool;

namespace {

constexpr std::int64_t kBatches = 2, kHeads = 3;

struct Case {
  std::int64_t time, keys, dim;
  std::vector<float> q, k, v;

  Case(std::int64_t timeCount, std::int64_t keyCount, std::int64_t headDim)
      : time(timeCount), keys(keyCount), dim(headDim) {
    std::mt19937 random(static_cast<unsigned>(time + 100 * keys + dim));
    for (auto* values : {&q, &k, &v})
      *values = randomValues(kBatches * (values == &q ? time : keys) * kHeads * dim, random);
  }

  WholeAttention all() const {
    const auto rows = [&](const std::vector<float>& values, std::int64_t count) {
      return WholeAttention::Rows{values.data(), count * kHeads * dim, dim, kHeads * dim};
    };
    return {rows(q, time), rows(k, keys), rows(v, keys),
            kBatches,      kHeads,        time,
            keys,          dim,           1 / std::sqrt(static_cast<float>(dim))};
  }
  std::vector<float> attended() const {
    std::vector<float> out(q.size(), NAN);
    attendWhole(all(), out.data());
    return out;
  }
};

double rounded(double x) {
  return bf16ToFloat(floatToBf16(static_cast<float>(x)));
}

/// The shares of one query, relative to the largest, and what they mix.
std::vector<double> expected(const Case& c, std::int64_t batch, std::int64_t head,
                             std::int64_t token) {
  const auto at = [&](const std::vector<float>& values, std::int64_t rows, std::int64_t row) {
    return values.data() + ((batch * rows + row) * kHeads + head) * c.dim;
  };
  std::vector<double> scores;
  for (std::int64_t key = 0; key < c.keys; ++key) {
    double sum = 0;
    for (std::int64_t i = 0; i < c.dim; ++i)
      sum += rounded(at(c.q, c.time, token)[i]) * rounded(at(c.k, c.keys, key)[i]);
    scores.push_back(sum / std::sqrt(static_cast<double>(c.dim)));
  }
  const double most = *std::max_element(scores.begin(), scores.end());
  std::vector<double> result(static_cast<std::size_t>(c.dim));
  double total = 0;
  for (std::int64_t key = 0; key < c.keys; ++key) {
    const double share = std::exp(scores[static_cast<std::size_t>(key)] - most);
    total += share;
    for (std::int64_t i = 0; i < c.dim; ++i)
      result[static_cast<std::size_t>(i)] += rounded(share) * rounded(at(c.v, c.keys, key)[i]);
  }
  for (double& value : result) value /= total;
  return result;
}

}  // namespace

class AttendWholeTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    useIsa(availableIsas().back());
    if (!canAttendWhole()) QSKIP("this processor has no instruction for it");
  }
  void cleanup() { ThreadPool::shared().setThreads(2); }

  void equalsTheSumsInDoubles_data() {
    QTest::addColumn<int>("time");
    QTest::addColumn<int>("keys");
    QTest::addColumn<int>("dim");
    // Around the tiles of 12 queries, 32 and 64 keys, 32 numbers; odd ones too.
    constexpr std::array<int, 3> kCases[] = {{1, 1, 1},    {5, 31, 33},   {12, 32, 64},
                                             {13, 65, 40}, {30, 197, 80}, {64, 64, 7}};
    for (const auto& [time, keys, dim] : kCases)
      QTest::addRow("%d of %d, %d", time, keys, dim) << time << keys << dim;
  }
  void equalsTheSumsInDoubles() {
    QFETCH(int, time);
    QFETCH(int, keys);
    QFETCH(int, dim);
    const Case c(time, keys, dim);
    const auto out = c.attended();
    for (std::int64_t batch = 0; batch < kBatches; ++batch)
      for (std::int64_t head = 0; head < kHeads; ++head)
        for (std::int64_t token = 0; token < time; ++token) {
          const auto wanted = expected(c, batch, head, token);
          const float* row = out.data() + ((batch * time + token) * kHeads + head) * dim;
          for (std::int64_t i = 0; i < dim; ++i) {
            // A share next to the middle of two bfloat16 numbers may go either way.
            const double off = std::abs(row[i] - wanted[static_cast<std::size_t>(i)]);
            QVERIFY2(off < 2e-3, qPrintable(QString::number(off)));
          }
        }
  }
  void keysPackedOnceGiveTheSameBitsToEveryQuery() {
    const Case c(13, 65, 40);
    const WholeAttention all = c.all();
    const PackedKeys packed(all);
    WholeAttention queries{.q = all.q};
    queries.batches = all.batches, queries.time = all.time, queries.scale = all.scale;
    std::vector<float> out(c.q.size(), NAN);
    packed.attend(queries, out.data());
    WholeAttention shared = all;  // of the first row
    shared.k.batchStride = shared.v.batchStride = 0;
    std::vector<float> wanted(c.q.size(), NAN);
    attendWhole(shared, wanted.data());
    QVERIFY(out == wanted);
  }
  void threadsDoNotChangeABit() {
    const Case c(40, 70, 24);
    ThreadPool::shared().setThreads(1);
    const auto alone = c.attended();
    ThreadPool::shared().setThreads(4);
    QVERIFY(c.attended() == alone);
  }
};

ORRERY_TEST(AttendWholeTest)
#include "attend_whole_test.moc"
