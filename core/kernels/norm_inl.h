// Rows of layerNorm() and rmsNorm(). Included after vector_inl.h.

namespace {

/// Floats at a time: two sums side by side, so that one does not wait for the other.
constexpr std::int64_t kNormStep = 32;

[[gnu::always_inline]] inline float sumOf(const Floats& a, const Floats& b) {
  const Floats both = a + b;
  float sum = 0;
  for (int i = 0; i < 16; ++i) sum += both[i];
  return sum;
}

[[gnu::always_inline]] inline float rowMean(const float* x, std::int64_t columns) {
  Floats a{}, b{};
  std::int64_t i = 0;
  for (; i + kNormStep <= columns; i += kNormStep) {
    a += loadLoose(x + i);
    b += loadLoose(x + i + 16);
  }
  float sum = sumOf(a, b);
  for (; i < columns; ++i) sum += x[i];
  return sum / static_cast<float>(columns);
}

/// The mean of (x - middle)^2. A variance is the mean of these differences, as the mean of squares
/// would lose what is small beside the middle.
[[gnu::always_inline]] inline float meanSquare(const float* x, std::int64_t columns, float middle) {
  Floats a{}, b{};
  std::int64_t i = 0;
  for (; i + kNormStep <= columns; i += kNormStep) {
    const Floats first = loadLoose(x + i) - middle, second = loadLoose(x + i + 16) - middle;
    a += first * first;
    b += second * second;
  }
  float sum = sumOf(a, b);
  for (; i < columns; ++i) sum += (x[i] - middle) * (x[i] - middle);
  return sum / static_cast<float>(columns);
}

[[gnu::always_inline]] inline float inverseRoot(float meanOfSquares, double eps) {
  return static_cast<float>(1 / __builtin_sqrt(static_cast<double>(meanOfSquares) + eps));
}

void layerNormRow(const float* x, const LayerNormInput& input, float* y) {
  const float mean = rowMean(x, input.columns);
  const float scale = inverseRoot(meanSquare(x, input.columns, mean), input.eps);
  std::int64_t i = 0;
  for (; i + 16 <= input.columns; i += 16) {
    Floats value = (loadLoose(x + i) - mean) * scale;
    if (input.weight) value *= loadLoose(input.weight + i);
    if (input.bias) value += loadLoose(input.bias + i);
    storeLoose(y + i, value);
  }
  for (; i < input.columns; ++i)
    y[i] = (x[i] - mean) * scale * (input.weight ? input.weight[i] : 1.0F) +
           (input.bias ? input.bias[i] : 0.0F);
}

void rmsNormRow(const float* x, const float* weight, double eps, std::int64_t columns, float* y) {
  const float scale = inverseRoot(meanSquare(x, columns, 0), eps);
  std::int64_t i = 0;
  for (; i + 16 <= columns; i += 16)
    storeLoose(y + i, loadLoose(x + i) * scale * loadLoose(weight + i));
  for (; i < columns; ++i) y[i] = x[i] * scale * weight[i];
}

}  // namespace

NormKernels normKernels() {
  return {layerNormRow, rmsNormRow};
}
