#pragma once

#include "core/nn/parameters.h"
#include "core/training/settings.h"

namespace orrery::training {

/// Changes parameters by their gradients, each step over all of them in one pass of LibTorch's
/// fused kernels: the arithmetic of torch.optim.AdamW and SGD. As transformers' trainer has it,
/// biases and norms do not decay.
class Optimizer {
 public:
  Optimizer(const nn::Parameters& parameters, const TrainingSettings& settings);

  /// Scales the gradients down where their norm over all parameters is above `most`; 0: never.
  /// Returns that norm, which is not finite if a gradient is not.
  double clip(double most);
  /// One step with the gradients that there are, which are forgotten then.
  void step(double learningRate);

  /// What it remembers of past steps, by "exp_avg.NAME" and the like; changed in place by step().
  std::vector<nn::Parameters::Entry> state() const;

 private:
  /// Parameters with one weight decay.
  struct Group {
    double decay = 0;
    std::vector<std::string> names;
    std::vector<at::Tensor> values, means, squares, steps;
  };
  void add(Group& group, const nn::Parameters::Entry& entry) const;

  TrainingSettings settings_;
  bool adam_;
  Group decaying_, plain_;
};

}  // namespace orrery::training
