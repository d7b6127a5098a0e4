#pragma once

#include <ATen/ATen.h>

/// Attention over the few steps of many sequences, head by head, where one product for each head
/// would cost more in calls than in numbers. On the calling thread: TrajectoryDecoder shares out
/// rows.
namespace orrery::models::timeseries {

/// Numbers at each step [rows, steps, hidden]: the heads of one step lie side by side. Any strides
/// between rows and between steps.
struct StepHeads {
  explicit StepHeads(const at::Tensor& x)
      : data(x.const_data_ptr<float>()), rowStride(x.stride(0)), stepStride(x.stride(1)) {}
  const float* at(std::int64_t row, std::int64_t step) const {
    return data + row * rowStride + step * stepStride;
  }
  const float* data;
  std::int64_t rowStride, stepStride;
};

/// Which queries attend [rows, steps, heads] bool: the `count` whose scores over `keys` [sampled]
/// differ most from their mean. q and k [rows, steps, hidden].
at::Tensor outstanding(const at::Tensor& q, const at::Tensor& k, const at::Tensor& keys,
                       std::int64_t count, std::int64_t heads);

/// The newest step of each row against all steps: softmax(q k^T) v, or, of heads for which
/// `attends` [rows, heads] is defined and false, the sum of v. q [rows, hidden], k and v [rows,
/// steps, hidden] → [rows, hidden].
at::Tensor attendNewest(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                        const at::Tensor& attends, std::int64_t heads);

}  // namespace orrery::models::timeseries
