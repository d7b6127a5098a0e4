#include "core/nn/training_pass.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "core/base/thread_pool.h"
#include "core/kernels/dropout.h"

namespace orrery::nn {
namespace {

using torch::autograd::Variable;
using torch::autograd::variable_list;

at::Tensor dropped(const at::Tensor& given, std::int64_t seed, double p) {
  const at::Tensor x = given.contiguous();
  at::Tensor y = at::empty_like(x);
  const kernels::Dropout dropout{static_cast<std::uint64_t>(seed),
                                 static_cast<std::uint32_t>(std::ldexp(p, 32)),
                                 static_cast<float>(1 / (1 - p))};
  kernels::dropout(dropout, x.data_ptr<float>(), x.numel(), y.data_ptr<float>());
  ThreadPool::shared().rest();  // LibTorch's threads compute
  return y;
}

/// Its gradient drops the same places, which the seed tells again.
struct DropoutFunction : torch::autograd::Function<DropoutFunction> {
  static Variable forward(torch::autograd::AutogradContext* context, const Variable& x,
                          std::int64_t seed, double p) {
    context->saved_data["seed"] = seed;
    context->saved_data["p"] = p;
    return dropped(x, seed, p);
  }
  static variable_list backward(torch::autograd::AutogradContext* context,
                                const variable_list& gradients) {
    return {dropped(gradients[0], context->saved_data["seed"].toInt(),
                    context->saved_data["p"].toDouble()),
            Variable(), Variable()};
  }
};

}  // namespace

at::Tensor dropout(const at::Tensor& x, double p, const TrainingPass* pass) {
  if (!pass || p == 0) return x;
  if (p == 1) return x * 0;
  at::Generator generator = pass->generator;
  auto* numbers = at::check_generator<at::CPUGeneratorImpl>(generator);
  return DropoutFunction::apply(x, static_cast<std::int64_t>(numbers->random64()), p);
}

}  // namespace orrery::nn
