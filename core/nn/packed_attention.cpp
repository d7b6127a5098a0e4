#include "core/nn/packed_attention.h"

namespace orrery::nn {

kernels::WholeAttention::Rows headRows(const at::Tensor& x) {
  return {x.data_ptr<float>(), x.stride(0), x.stride(1), x.stride(2)};
}

std::shared_ptr<const kernels::PackedKeys> packKeys(const at::Tensor& keys,
                                                    const at::Tensor& values) {
  kernels::WholeAttention all{.k = headRows(keys), .v = headRows(values)};
  all.heads = keys.size(1), all.keys = keys.size(2), all.dim = keys.size(3);
  return std::make_shared<kernels::PackedKeys>(all);
}

at::Tensor attendPacked(const at::Tensor& q, const kernels::PackedKeys& packed, double scale) {
  const at::Tensor query = q.stride(3) == 1 ? q : q.contiguous();
  kernels::WholeAttention all{.q = headRows(query)};
  all.batches = q.size(0), all.time = q.size(2);
  all.scale = static_cast<float>(scale);
  at::Tensor out = at::empty({q.size(0), q.size(2), q.size(1) * q.size(3)}, at::kFloat);
  packed.attend(all, out.data_ptr<float>());
  return out;
}

}  // namespace orrery::nn
