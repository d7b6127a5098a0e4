#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace orrery::hub {

/// A model on the hub and one of its revisions: "org/name" or "org/name@revision".
struct ModelReference {
  std::string id;                 ///< "org/name", or "name" alone for the hub's oldest
  std::string revision = "main";  ///< branch, tag or commit

  bool operator==(const ModelReference&) const = default;
};

/// Reads "org/name[@revision]" by the hub's rules for names. An Error says what is wrong.
ModelReference parseModelReference(std::string_view text);

/// The id itself if it is "org/name" or "name" without a revision; else an Error.
const std::string& requireId(const std::string& id);

/// Whether `text` has the form "org/name[@revision]", so that it may be looked for on the hub.
bool isModelReference(std::string_view text);

/// 40 small hexadecimal digits.
bool isCommit(std::string_view text);
/// 64 small hexadecimal digits.
bool isSha256(std::string_view text);

/// The relative path for a name that a server chose. An Error for what could leave the folder or
/// mean something else on another system: `..`, absolute, backslashes, control characters, names
/// of devices, drive letters, no UTF-8, empty or overlong parts.
std::filesystem::path checkedPath(std::string_view name);

}  // namespace orrery::hub
