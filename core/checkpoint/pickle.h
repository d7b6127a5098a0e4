#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/dtype.h"

namespace orrery::checkpoint {

/// A tensor as torch's pickle describes it: a window of a storage. Offset and strides count
/// elements.
struct PickledTensor {
  std::string storage;  ///< name of the storage's entry under "data/"
  DType dtype = DType::kF32;
  std::int64_t storageElements = 0;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

/// Reads the pickle of a state dict: a dictionary of tensors. Runs nothing: it knows the values
/// that such a dictionary is made of and torch's own functions that rebuild tensors, and refuses
/// every other name (kUnsupported, naming it). Memory is bounded by the length of the pickle.
std::vector<std::pair<std::string, PickledTensor>> readStateDictPickle(
    std::span<const std::byte> bytes);

}  // namespace orrery::checkpoint
