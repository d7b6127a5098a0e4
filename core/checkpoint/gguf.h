#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/checkpoint/gguf_value.h"
#include "core/checkpoint/weight_source.h"

namespace orrery::checkpoint {

/// A GGUF file (version 2 or 3, little-endian), mapped into memory: metadata and tensors under
/// llama.cpp's own names, of a model in several files the tensors of all. GgufWeights
/// (gguf_mapping.h) offers them under the names of transformers. Everything is checked when it is
/// opened; memory taken is bounded by the size of the header.
class GgufFile : public WeightSource {
 public:
  /// Of a model in several files `path` is the first ("…-00001-of-0000N.gguf"), and the others lie
  /// beside it. Throws an Error that names the file and the key or tensor.
  static std::shared_ptr<const GgufFile> open(const std::filesystem::path& path);

  /// The same of bytes in memory, which `owner` keeps alive. `description` stands for the file's
  /// name.
  static std::shared_ptr<const GgufFile> parse(std::span<const std::byte> bytes,
                                               std::shared_ptr<const void> owner,
                                               std::string description);

  /// Bytes before the tensor data of the file that begins with `start`; nothing if `start` ends
  /// before that can be told. Throws an Error if it begins no GGUF file.
  static std::optional<std::uint64_t> headerBytes(std::span<const std::byte> start);

  std::optional<TensorView> find(std::string_view name) const override;
  std::vector<std::string> names() const override { return names_; }
  std::string description() const override { return description_; }

  /// The metadata value of that key, or null.
  const GgufValue* value(std::string_view key) const;
  /// The same; an Error of kind kInvalidInput if there is none.
  const GgufValue& require(std::string_view key) const;
  /// All keys, in the file's order.
  const std::vector<std::string_view>& keys() const { return keys_; }

  /// general.architecture, or nothing.
  std::string_view architecture() const;
  std::uint32_t version() const { return version_; }

 private:
  friend class GgufReader;
  GgufFile() = default;

  static std::shared_ptr<GgufFile> read(std::span<const std::byte> bytes,
                                        std::shared_ptr<const void> owner, std::string description);
  static std::shared_ptr<GgufFile> openPart(const std::filesystem::path& path);
  void addParts(const std::filesystem::path& first);
  void addPart(const GgufFile& part, std::int64_t number, std::int64_t count);

  std::string description_;
  std::shared_ptr<const void> owner_;
  std::uint32_t version_ = 0;
  std::vector<std::string_view> keys_;
  std::unordered_map<std::string_view, GgufValue> values_;
  std::vector<std::string> names_;
  std::map<std::string, TensorView, std::less<>> tensors_;
};

}  // namespace orrery::checkpoint
