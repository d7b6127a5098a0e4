#include "core/nn/training_pass.h"

namespace orrery::nn {

at::Tensor dropout(const at::Tensor& x, double p, const TrainingPass* pass) {
  if (!pass || p == 0) return x;
  if (p == 1) return x * 0;
  at::Tensor kept;
  {
    const at::NoGradGuard constant;
    kept = at::empty_like(x, at::MemoryFormat::Contiguous)
               .bernoulli_(1 - p, pass->generator)
               .div_(1 - p);
  }
  return x * kept;
}

}  // namespace orrery::nn
