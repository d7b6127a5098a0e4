#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::nn {

/// Fills a parameter that begins, with random numbers of `generator` where it wants some.
using Begin = std::function<void(at::Tensor& value, const at::Generator& generator)>;

/// The tensors of a model that is being trained, by their names in the checkpoint and in the order
/// in which the model asked for them: float32, changed in place, so that layers that hold them see
/// every step. Filled by `Weights` while the model is built.
class Parameters {
 public:
  struct Entry {
    std::string name;
    at::Tensor value;
  };

  /// For a model whose tensors are all in its checkpoint.
  Parameters() = default;
  /// For one whose tensors may begin here: matrices normally distributed with `deviation`, weights
  /// of norms as 1, biases as 0, unless the model says otherwise.
  Parameters(double deviation, at::Generator generator);

  /// Whether what the checkpoint lacks begins here.
  bool initialises() const { return generator_.defined(); }

  /// What gradients are for, each a leaf that requires one.
  const std::vector<Entry>& trained() const { return trained_; }
  /// What a checkpoint holds beside them: constants, statistics of batch norms, counts (int64).
  const std::vector<Entry>& buffers() const { return buffers_; }

 private:
  friend class Weights;
  enum class Kind { kTrained, kBuffer };

  /// The tensor of that name if it is there already; undefined otherwise.
  at::Tensor find(std::string_view name) const;
  /// Keeps `value` and returns what layers are to hold.
  at::Tensor keep(std::string name, at::Tensor value, Kind kind);
  at::Tensor begun(std::string_view name, at::IntArrayRef shape, const Begin& begin) const;

  std::vector<Entry> trained_, buffers_;
  double deviation_ = 0;
  at::Generator generator_;
};

}  // namespace orrery::nn
