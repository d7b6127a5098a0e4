#pragma once

#include <cstdint>

namespace orrery::kernels {

/// y[r, :] = x[r, :] / sqrt(mean(x[r, :]^2) + eps) * weight. x, y: [rows, columns]; weight:
/// [columns]. y may be x. Shared out over the thread pool by rows.
void rmsNorm(const float* x, const float* weight, double eps, std::int64_t rows,
             std::int64_t columns, float* y);

/// What makes layerNorm() of a row.
struct LayerNormInput {
  const float* weight;  ///< [columns], or null for ones
  const float* bias;    ///< [columns], or null for none
  double eps;
  std::int64_t columns;
};

/// y[r, :] = (x[r, :] - mean) / sqrt(variance + eps) * weight + bias (Ba et al. 2016).
/// x, y: [rows, columns]; y may be x. Shared out over the thread pool by rows.
void layerNorm(const float* x, const LayerNormInput& input, std::int64_t rows, float* y);

/// Rows in each instruction set.
struct NormKernels {
  using LayerRowFn = void (*)(const float* x, const LayerNormInput& input, float* y);
  using RmsRowFn = void (*)(const float* x, const float* weight, double eps, std::int64_t columns,
                            float* y);
  LayerRowFn layerRow;
  RmsRowFn rmsRow;
};

namespace generic {
NormKernels normKernels();
}  // namespace generic
namespace avx2 {
NormKernels normKernels();
}  // namespace avx2
namespace avx512 {
NormKernels normKernels();
}  // namespace avx512

}  // namespace orrery::kernels
