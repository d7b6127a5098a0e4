#pragma once

#include <cstdint>

namespace orrery::kernels {

/// What a gated feed-forward layer applies to its gate.
enum class GateFunction {
  kSilu,      ///< x * sigmoid(x)
  kTanhGelu,  ///< x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2
};

/// Two matrices [rows, columns] whose rows lie `stride` numbers apart.
struct GateInput {
  const float* gate;
  const float* up;
  std::int64_t rows, columns, stride;
};

/// out[r, c] = f(gate[r, c]) * up[r, c], right to some 1e-6 of the value. out: [rows, columns].
/// Shared out over the thread pool by rows.
void gate(GateFunction f, const GateInput& input, float* out);

/// out[i] = x[i] + scale * y[i]. Shared out over the thread pool.
void addScaled(const float* x, const float* y, float scale, std::int64_t count, float* out);

/// A row of gate(), in each instruction set.
struct GateKernels {
  using RowFn = void (*)(const float* gate, const float* up, std::int64_t count, float* out);
  RowFn silu, tanhGelu;
};

namespace generic {
GateKernels gateKernels();
}  // namespace generic
namespace avx2 {
GateKernels gateKernels();
}  // namespace avx2
namespace avx512 {
GateKernels gateKernels();
}  // namespace avx512

}  // namespace orrery::kernels
