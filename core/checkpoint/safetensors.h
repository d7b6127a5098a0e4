#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/checkpoint/weight_source.h"

namespace orrery::checkpoint {

/// One safetensors file, mapped into memory. The whole header is checked when it is opened:
/// lengths, types, that every tensor's bytes are those of its shape and type, and that the tensors
/// cover the data without gaps or overlaps.
///
///     auto file = SafetensorsFile::open("model.safetensors");
///     if (auto weight = file->find("lm_head.weight")) use(weight->data);
class SafetensorsFile : public WeightSource {
 public:
  /// Throws an Error that names the file and the tensor or field.
  static std::shared_ptr<const SafetensorsFile> open(const std::filesystem::path& path);

  /// The same of bytes in memory, which `owner` keeps alive. `description` stands for the file's
  /// name.
  static std::shared_ptr<const SafetensorsFile> parse(std::span<const std::byte> bytes,
                                                      std::shared_ptr<const void> owner,
                                                      std::string description);

  std::optional<TensorView> find(std::string_view name) const override;
  std::vector<std::string> names() const override { return names_; }
  std::string description() const override { return description_; }

  /// The strings under "__metadata__".
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  SafetensorsFile() = default;

  std::string description_;
  std::map<std::string, std::string> metadata_;
  std::vector<std::string> names_;  // in the order of their data
  std::unordered_map<std::string, TensorView> tensors_;
};

using NamedTensors = std::vector<std::pair<std::string, TensorView>>;

/// The bytes before the tensor data: length and JSON, padded so that the data start at a multiple
/// of eight. Throws an Error for a packed type, a name given twice, or data that do not fit the
/// shape.
std::string safetensorsHeader(const NamedTensors& tensors,
                              const std::map<std::string, std::string>& metadata = {});

/// Writes a safetensors file, beside `path` first and then renamed, so that a full disk leaves no
/// half file behind. Tensor data are written in the given order.
void writeSafetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                      const std::map<std::string, std::string>& metadata = {});

/// The same file as bytes in memory.
std::string serializeSafetensors(const NamedTensors& tensors,
                                 const std::map<std::string, std::string>& metadata = {});

}  // namespace orrery::checkpoint
