#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/checkpoint/weight_source.h"

namespace orrery::engine {

/// The tensors of a checkpoint that are no parameters: the reference keeps them as buffers, and its
/// num_parameters leaves them out.
class Buffers {
 public:
  /// `names` are those of all tensors of the checkpoint with this config.json.
  Buffers(const Json& config, const std::vector<std::string>& names);

  bool contain(const std::string& name, const checkpoint::TensorHeader& header) const;

 private:
  std::set<std::string> frozen_;  ///< weights and biases of frozen norms
};

}  // namespace orrery::engine
