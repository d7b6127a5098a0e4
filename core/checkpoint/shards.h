#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/checkpoint/weight_source.h"

namespace orrery::checkpoint {

/// A checkpoint in several files with an index ("weight_map": tensor name to file name), as
/// model.safetensors.index.json and pytorch_model.bin.index.json are. All files lie beside the
/// index.
class ShardedSource : public WeightSource {
 public:
  /// Opens the index and every file it names, and checks that each tensor is where the index says.
  /// Throws an Error that names the file, and the tensor if one is missing.
  static std::shared_ptr<const ShardedSource> open(const std::filesystem::path& index);

  std::optional<TensorView> find(std::string_view name) const override;
  std::vector<std::string> names() const override;
  std::string description() const override { return description_; }

 private:
  ShardedSource() = default;

  std::string description_;
  std::map<std::string, std::shared_ptr<const WeightSource>> files_;
  std::map<std::string, const WeightSource*, std::less<>> places_;
};

}  // namespace orrery::checkpoint
