// Vectors of 16 floats, which the compiler splits into what the instruction set has. Included by
// one file for each set, inside that set's namespace, so that none of this code is shared between
// them.

namespace {

using Floats = float __attribute__((vector_size(64)));
using Ints = std::int32_t __attribute__((vector_size(64)));

[[gnu::always_inline]] inline Floats load(const float* p) {
  return *reinterpret_cast<const Floats*>(p);
}

[[gnu::always_inline]] inline void store(float* p, const Floats& v) {
  *reinterpret_cast<Floats*>(p) = v;
}

// From and to any address of a float.
[[gnu::always_inline]] inline Floats loadLoose(const float* p) {
  Floats v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

[[gnu::always_inline]] inline void storeLoose(float* p, const Floats& v) {
  __builtin_memcpy(p, &v, sizeof v);
}

// exp(x) = 2^n * exp(r), n the integer nearest to x / ln 2, exp(r) by its series: right to some
// 1e-7 of the value. For x from -87 to 0.
[[gnu::always_inline]] inline Floats exponential(const Floats& x) {
  const float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves no room for a fraction
  const Floats n = (x * 1.44269504F + kRound) - kRound;
  const Floats r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  Floats sum = r * (1.0F / 720) + 1.0F / 120;
  sum = sum * r + 1.0F / 24;
  sum = sum * r + 1.0F / 6;
  sum = sum * r + 0.5F;
  sum = sum * r + 1.0F;
  sum = sum * r + 1.0F;
  const Ints power = (__builtin_convertvector(n, Ints) + 127) << 23;
  return sum * reinterpret_cast<Floats>(power);
}

}  // namespace
