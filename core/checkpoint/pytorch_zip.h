#pragma once

#include <filesystem>
#include <map>

#include "core/checkpoint/weight_source.h"

namespace orrery::checkpoint {

/// A file of torch.save (pytorch_model.bin): a zip with a pickle of a state dict and its storages,
/// mapped into memory. No code in it runs. A tensor that is not contiguous is copied when asked
/// for.
class PytorchFile : public WeightSource {
 public:
  /// Throws an Error that names the file, and the tensor or the refused name.
  static std::shared_ptr<const PytorchFile> open(const std::filesystem::path& path);

  /// The same of bytes in memory, which `owner` keeps alive.
  static std::shared_ptr<const PytorchFile> parse(std::span<const std::byte> bytes,
                                                  std::shared_ptr<const void> owner,
                                                  std::string description);

  std::optional<TensorView> find(std::string_view name) const override;
  std::vector<std::string> names() const override { return names_; }
  std::string description() const override { return description_; }

 private:
  struct Place {
    TensorView window;  ///< its data begin at the tensor's first element and end with the storage
    std::vector<std::int64_t> strides;
  };

  PytorchFile() = default;

  std::string description_;
  std::vector<std::string> names_;
  std::map<std::string, Place, std::less<>> places_;
};

}  // namespace orrery::checkpoint
