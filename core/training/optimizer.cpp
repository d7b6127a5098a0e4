#include "core/training/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

namespace orrery::training {
namespace {

/// Whether a name is of a bias or of a norm's weight, by the rules of transformers' trainer.
bool decays(std::string_view name) {
  for (const char* part : {"bias", "layernorm", "rmsnorm", "LayerNorm", "RMSNorm"})
    if (name.find(part) != name.npos) return false;
  const std::string padded = fmt::format(".{}.", name);
  if (padded.find(".norm.") != padded.npos || padded.find("_norm.") != padded.npos) return false;
  // PatchTST's layer norms, which have no other name; its batch norms do decay there.
  const auto sublayer = padded.find(".norm_sublayer");
  return sublayer == padded.npos || padded.find(".batchnorm.") != padded.npos;
}

}  // namespace

Optimizer::Optimizer(const nn::Parameters& parameters, const TrainingSettings& settings)
    : settings_(settings), adam_(settings.optim != "sgd") {
  decaying_.decay = settings.weightDecay;
  for (const auto& entry : parameters.trained())
    add(decays(entry.name) ? decaying_ : plain_, entry);
}

void Optimizer::add(Group& group, const nn::Parameters::Entry& entry) const {
  group.names.push_back(entry.name);
  group.values.push_back(entry.value);
  if (!adam_) return;
  const at::NoGradGuard plain;
  group.means.push_back(at::zeros_like(entry.value));
  group.squares.push_back(at::zeros_like(entry.value));
  group.steps.push_back(at::zeros({}, at::kFloat));
}

double Optimizer::clip(double most) {
  const at::NoGradGuard plain;
  std::vector<at::Tensor> gradients;
  for (Group* group : {&decaying_, &plain_})
    for (const at::Tensor& value : group->values)
      if (value.grad().defined()) gradients.push_back(value.grad());
  if (gradients.empty()) return 0;
  const double norm =
      at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients))).item<double>();
  if (most > 0) {
    const double scale = most / (norm + 1e-6);
    if (scale < 1) at::_foreach_mul_(gradients, scale);
  }
  return norm;
}

void Optimizer::step(double learningRate) {
  const at::NoGradGuard plain;
  for (Group* group : {&decaying_, &plain_}) {
    std::vector<at::Tensor> values, gradients, means, squares, steps;
    for (std::size_t i = 0; i < group->values.size(); ++i) {
      const at::Tensor& value = group->values[i];
      if (!value.grad().defined()) continue;  // took no part in the loss
      values.push_back(value.detach());
      gradients.push_back(value.grad());
      if (!adam_) continue;
      means.push_back(group->means[i]);
      squares.push_back(group->squares[i]);
      steps.push_back(group->steps[i]);
    }
    if (values.empty()) continue;
    if (adam_) {
      at::_foreach_add_(steps, 1);
      at::_fused_adamw_(values, gradients, means, squares, {}, steps, learningRate,
                        settings_.adamBeta1, settings_.adamBeta2, group->decay,
                        settings_.adamEpsilon, /*amsgrad=*/false, /*maximize=*/false);
    } else {
      at::_fused_sgd_(values, gradients, {}, group->decay, /*momentum=*/0, learningRate,
                      /*dampening=*/0, /*nesterov=*/false, /*maximize=*/false,
                      /*is_first_step=*/false);
    }
    for (at::Tensor& value : group->values) value.mutable_grad() = at::Tensor();
  }
}

std::vector<nn::Parameters::Entry> Optimizer::state() const {
  std::vector<nn::Parameters::Entry> entries;
  for (const Group* group : {&decaying_, &plain_})
    for (std::size_t i = 0; adam_ && i < group->names.size(); ++i) {
      entries.push_back({"exp_avg." + group->names[i], group->means[i]});
      entries.push_back({"exp_avg_sq." + group->names[i], group->squares[i]});
      entries.push_back({"step." + group->names[i], group->steps[i]});
    }
  return entries;
}

}  // namespace orrery::training
