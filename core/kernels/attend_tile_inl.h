// The tiles of attendMany(). Included after vector_inl.h.

namespace {

// acc[4][V] += sum over i < count of a[r][i] * b[i][16 V floats], for 4 rows r.
template <int V>
[[gnu::always_inline]] inline void product(const float* a, std::int64_t aStride, const float* b,
                                           std::int64_t bStride, std::int64_t count, float* out,
                                           std::int64_t outStride, bool add) {
  Floats acc0[V], acc1[V], acc2[V], acc3[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    acc0[v] = add ? load(out + 16 * v) : Floats{};
    acc1[v] = add ? load(out + outStride + 16 * v) : Floats{};
    acc2[v] = add ? load(out + 2 * outStride + 16 * v) : Floats{};
    acc3[v] = add ? load(out + 3 * outStride + 16 * v) : Floats{};
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const float a0 = a[i], a1 = a[aStride + i], a2 = a[2 * aStride + i], a3 = a[3 * aStride + i];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      const Floats row = load(b + i * bStride + 16 * v);
      acc0[v] += a0 * row;
      acc1[v] += a1 * row;
      acc2[v] += a2 * row;
      acc3[v] += a3 * row;
    }
  }
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    store(out + 16 * v, acc0[v]);
    store(out + outStride + 16 * v, acc1[v]);
    store(out + 2 * outStride + 16 * v, acc2[v]);
    store(out + 3 * outStride + 16 * v, acc3[v]);
  }
}

void scoreTile(const AttendRows& rows, const float* keys) {
  for (std::int64_t r = 0; r < rows.rows; r += 4)
    product<4>(rows.q + r * rows.dim, rows.dim, keys, kTileKeys, rows.dim,
               rows.scores + r * kTileKeys, kTileKeys, false);
}

void mixTile(const AttendRows& rows, const float* values) {
  for (std::int64_t r = 0; r < rows.rows; r += 4) {
    const float* shares = rows.scores + r * kTileKeys;
    float* out = rows.out + r * rows.width;
    std::int64_t at = 0;
    for (; at + 64 <= rows.width; at += 64)
      product<4>(shares, kTileKeys, values + at, rows.width, kTileKeys, out + at, rows.width, true);
    for (; at < rows.width; at += 16)
      product<1>(shares, kTileKeys, values + at, rows.width, kTileKeys, out + at, rows.width, true);
  }
}

float expTile(float* scores, float most) {
  Floats total{};
  for (std::int64_t k = 0; k < kTileKeys; k += 16) {
    const Floats x = load(scores + k) - most;
    const Ints counts = x > -87.0F;
    // What does not count must not overflow on its way to being dropped.
    const Ints kept = reinterpret_cast<Ints>(x) & counts;
    const Floats value = exponential(reinterpret_cast<Floats>(kept));
    const Ints bits = reinterpret_cast<Ints>(value) & counts;
    store(scores + k, reinterpret_cast<Floats>(bits));
    total += reinterpret_cast<Floats>(bits);
  }
  float sum = 0;
  for (int i = 0; i < 16; ++i) sum += total[i];
  return sum;
}

}  // namespace

AttendKernels attendKernels() {
  return {scoreTile, expTile, mixTile};
}
