// Heads of shortAttention(). Included after vector_inl.h.
//
// Keys, values and their gradients are turned to [dim, time], so that each number of a query meets
// 16 keys at a time.

namespace {

constexpr std::int64_t kShortTime = ShortAttention::kMostTime, kShortDim = ShortAttention::kMostDim;
constexpr std::int64_t kShortBlocks = kShortTime / 16;

/// [dim, time] of one head, zeros behind the last time.
struct alignas(64) ShortTurned {
  float at[kShortDim][kShortTime];
};

[[gnu::always_inline]] inline float sumLanes(const Floats& v) {
  float sum = 0;
  for (int i = 0; i < 16; ++i) sum += v[i];
  return sum;
}

inline void turn(const float* from, std::int64_t stride, std::int64_t time, std::int64_t dim,
                 ShortTurned& to) {
  const std::int64_t padded = (time + 15) / 16 * 16;
  for (std::int64_t t = 0; t < time; ++t)
    for (std::int64_t d = 0; d < dim; ++d) to.at[d][t] = from[t * stride + d];
  for (std::int64_t d = 0; d < dim; ++d)
    for (std::int64_t t = time; t < padded; ++t) to.at[d][t] = 0;
}

inline void turnBack(const ShortTurned& from, std::int64_t stride, std::int64_t time,
                     std::int64_t dim, float* to) {
  for (std::int64_t t = 0; t < time; ++t)
    for (std::int64_t d = 0; d < dim; ++d) to[t * stride + d] = from.at[d][t];
}

/// rows[b] = sum over d of factors[d] * turned[d]: one query against all keys.
[[gnu::always_inline]] inline void against(const float* factors, float scale,
                                           const ShortTurned& turned, std::int64_t dim,
                                           std::int64_t blocks, Floats* rows) {
  for (std::int64_t b = 0; b < blocks; ++b) {
    Floats sum{};
    for (std::int64_t d = 0; d < dim; ++d) sum += factors[d] * load(turned.at[d] + b * 16);
    rows[b] = sum * scale;
  }
}

/// exp(scores - most), 0 behind the last time.
[[gnu::always_inline]] inline void powers(Floats* scores, float most, std::int64_t time,
                                          std::int64_t blocks) {
  for (std::int64_t b = 0; b < blocks; ++b) {
    Floats x = scores[b] - most;
    x = x > -87.0F ? x : Floats{} - 87.0F;
    scores[b] = exponential(x);
  }
  for (std::int64_t t = time; t < blocks * 16; ++t) scores[t / 16][t % 16] = 0;
}

/// out[d] = sum over time of shares * turned[d], times `factor`.
[[gnu::always_inline]] inline void mix(const Floats* shares, float factor,
                                       const ShortTurned& turned, std::int64_t dim,
                                       std::int64_t blocks, float* out) {
  for (std::int64_t d = 0; d < dim; ++d) {
    Floats sum{};
    for (std::int64_t b = 0; b < blocks; ++b) sum += shares[b] * load(turned.at[d] + b * 16);
    out[d] = sumLanes(sum) * factor;
  }
}

/// turned[d] += factors[d] * rows, for every d.
[[gnu::always_inline]] inline void spread(const float* factors, const Floats* rows,
                                          std::int64_t dim, std::int64_t blocks,
                                          ShortTurned& turned) {
  for (std::int64_t d = 0; d < dim; ++d)
    for (std::int64_t b = 0; b < blocks; ++b) {
      float* place = turned.at[d] + b * 16;
      store(place, load(place) + factors[d] * rows[b]);
    }
}

void shortForward(const ShortAttention& a, std::int64_t batch, std::int64_t head) {
  const std::int64_t width = a.heads * a.dim, stride = 3 * width, blocks = (a.time + 15) / 16;
  const float* q = a.qkv + batch * a.time * stride + head * a.dim;
  ShortTurned keys, values;
  turn(q + width, stride, a.time, a.dim, keys);
  turn(q + 2 * width, stride, a.time, a.dim, values);
  float* out = a.out + batch * a.time * width + head * a.dim;
  float* shares = a.shares + (batch * a.heads + head) * a.time * 2;
  Floats scores[kShortBlocks];
  for (std::int64_t t = 0; t < a.time; ++t) {
    against(q + t * stride, a.scale, keys, a.dim, blocks, scores);
    float most = scores[0][0];
    for (std::int64_t i = 1; i < a.time; ++i)
      most = scores[i / 16][i % 16] > most ? scores[i / 16][i % 16] : most;
    powers(scores, most, a.time, blocks);
    Floats sum{};
    for (std::int64_t b = 0; b < blocks; ++b) sum += scores[b];
    const float inverse = 1 / sumLanes(sum);
    mix(scores, inverse, values, a.dim, blocks, out + t * width);
    shares[2 * t] = most;
    shares[2 * t + 1] = inverse;
  }
}

void shortBackward(const ShortAttentionGradient& g, std::int64_t batch, std::int64_t head) {
  const ShortAttention& a = g.of;
  const std::int64_t width = a.heads * a.dim, stride = 3 * width, blocks = (a.time + 15) / 16;
  const std::int64_t first = batch * a.time * stride + head * a.dim;
  const float* q = a.qkv + first;
  float* to = g.qkvGradient + first;
  ShortTurned keys, values, keyGradient, valueGradient;
  turn(q + width, stride, a.time, a.dim, keys);
  turn(q + 2 * width, stride, a.time, a.dim, values);
  for (std::int64_t d = 0; d < a.dim; ++d)
    for (std::int64_t b = 0; b < blocks; ++b) {
      store(keyGradient.at[d] + b * 16, Floats{});
      store(valueGradient.at[d] + b * 16, Floats{});
    }
  const std::int64_t rows = batch * a.time * width + head * a.dim;
  const float* shares = a.shares + (batch * a.heads + head) * a.time * 2;
  Floats share[kShortBlocks], change[kShortBlocks];
  for (std::int64_t t = 0; t < a.time; ++t) {
    const float* query = q + t * stride;
    const float* above = g.outGradient + rows + t * width;
    const float* out = a.out + rows + t * width;
    against(query, a.scale, keys, a.dim, blocks, share);
    powers(share, shares[2 * t], a.time, blocks);
    against(above, 1, values, a.dim, blocks, change);
    float common = 0;
    for (std::int64_t d = 0; d < a.dim; ++d) common += above[d] * out[d];
    for (std::int64_t b = 0; b < blocks; ++b) {
      share[b] *= shares[2 * t + 1];
      change[b] = share[b] * (change[b] - common) * a.scale;
    }
    mix(change, 1, keys, a.dim, blocks, to + t * stride);
    spread(query, change, a.dim, blocks, keyGradient);
    spread(above, share, a.dim, blocks, valueGradient);
  }
  turnBack(keyGradient, stride, a.time, a.dim, to + width);
  turnBack(valueGradient, stride, a.time, a.dim, to + 2 * width);
}

}  // namespace

ShortAttentionKernels shortAttentionKernels() {
  return {shortForward, shortBackward};
}
