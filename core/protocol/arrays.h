#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/protocol/framer.h"

/// Arrays beside the messages: binary frames in safetensors form (PROTOCOL.md, "Framing").
namespace orrery::protocol {

/// Named arrays of 32-bit floats, of the other types of safetensors none: what results carry
/// (depth, logits) is made of them.
class Arrays {
 public:
  struct Array {
    std::vector<std::int64_t> shape;
    std::vector<float> values;  ///< row by row

    bool operator==(const Array&) const = default;
  };

  /// Reads a frame's content. Throws an Error of kind kProtocol that names what is wrong: lengths,
  /// types and offsets are checked before they are used.
  static Arrays parse(std::string_view content);
  /// The content of a frame.
  std::string encoded() const;

  /// Throws an Error of kind kInvalidInput unless `values` fill `shape`.
  void add(const std::string& name, std::vector<std::int64_t> shape, std::vector<float> values);
  /// Throws an Error of kind kProtocol if there is none of that name with `dimensions` dimensions.
  const Array& at(const std::string& name, std::size_t dimensions) const;

  bool has(const std::string& name) const { return arrays_.contains(name); }

  bool operator==(const Arrays&) const = default;

 private:
  std::map<std::string, Array> arrays_;
};

/// Keeps what came in binary frames until the answer that refers to it. A Content-Id is the number
/// of the request, a slash, and what tells the frames of one request apart. Not thread-safe.
class ArrayInbox {
 public:
  /// Drops a frame whose id names no request.
  void keep(Frame frame);
  /// What the answer to `request` refers to by a member `arrays` of its `result`; null if it refers
  /// to nothing. All frames of that request are dropped. Throws an Error of kind kProtocol if no
  /// such frame came, or it cannot be read.
  std::shared_ptr<const Arrays> take(std::int64_t request, const Json& result);
  void clear() { frames_.clear(); }
  bool empty() const { return frames_.empty(); }

 private:
  std::map<std::int64_t, std::map<std::string, std::string>> frames_;  ///< content by id
};

/// A result that may come with arrays: `arrays` is what travels, `arrayContent` what the receiving
/// end puts beside it.
template <class Result>
void attachArrays(Result& result, const std::shared_ptr<const Arrays>& arrays) {
  if constexpr (requires { result.arrayContent = arrays; }) result.arrayContent = arrays;
}

}  // namespace orrery::protocol
