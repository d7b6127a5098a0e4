#include "core/nn/short_attention.h"

#include <torch/csrc/autograd/custom_function.h>

#include "core/base/thread_pool.h"
#include "core/kernels/short_attention.h"
#include "core/nn/attention.h"

namespace orrery::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// What the kernels read of qkv, with nowhere to write yet.
kernels::ShortAttention describe(const at::Tensor& qkv, std::int64_t heads, double scale) {
  kernels::ShortAttention a{};
  a.qkv = qkv.data_ptr<float>();
  a.batches = qkv.size(0), a.heads = heads, a.time = qkv.size(1), a.dim = qkv.size(2) / 3 / heads;
  a.scale = static_cast<float>(scale);
  return a;
}

struct ShortFunction : torch::autograd::Function<ShortFunction> {
  static Variable forward(AutogradContext* context, const Variable& given, std::int64_t heads,
                          double scale) {
    const at::Tensor qkv = given.contiguous();
    auto a = describe(qkv, heads, scale);
    at::Tensor out = at::empty({a.batches, a.time, heads * a.dim}, at::kFloat);
    at::Tensor shares = at::empty({a.batches, heads, a.time, 2}, at::kFloat);
    a.out = out.data_ptr<float>();
    a.shares = shares.data_ptr<float>();
    kernels::shortAttention(a);
    ThreadPool::shared().rest();  // LibTorch's threads compute
    context->save_for_backward({qkv, out, shares});
    context->saved_data["heads"] = heads;
    context->saved_data["scale"] = scale;
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor above = gradients[0].contiguous();
    at::Tensor result = at::empty_like(saved[0]);
    kernels::ShortAttentionGradient g{};
    g.of = describe(saved[0], context->saved_data["heads"].toInt(),
                    context->saved_data["scale"].toDouble());
    g.of.out = saved[1].data_ptr<float>();
    g.of.shares = saved[2].data_ptr<float>();
    g.outGradient = above.data_ptr<float>();
    g.qkvGradient = result.data_ptr<float>();
    kernels::shortAttentionGradient(g);
    ThreadPool::shared().rest();
    return {result, Variable(), Variable()};
  }
};

}  // namespace

at::Tensor trainedAttention(const at::Tensor& qkv, std::int64_t heads, double scale) {
  const std::int64_t dim = qkv.size(2) / 3 / heads;
  if (qkv.scalar_type() == at::kFloat && kernels::ShortAttention::fits(qkv.size(1), dim))
    return ShortFunction::apply(qkv, heads, scale);
  const auto parts = qkv.view({qkv.size(0), qkv.size(1), 3, heads, dim}).permute({2, 0, 3, 1, 4});
  return attend(parts[0], parts[1], parts[2], {}, {.scale = scale});
}

}  // namespace orrery::nn
