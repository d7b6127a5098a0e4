#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>

namespace orrery::hub {

/// huggingface_hub keeps the contents of Xet files once for all repositories, in the cache's folder
/// `blobs`; a repository's blob is then a link to it, listed in a manifest beside the content. What
/// is not certain is never grounds to delete.

/// The content in the store that a repository's blob links to; nothing for an ordinary blob.
std::optional<std::filesystem::path> storeTarget(const std::filesystem::path& cacheFolder,
                                                 const std::filesystem::path& blob);

/// Bytes that become free when the blobs `gone` are deleted: the content's size if no other blob
/// that its manifest lists still links to it, else 0.
std::uint64_t freedInStore(const std::filesystem::path& cacheFolder,
                           const std::filesystem::path& content,
                           const std::set<std::filesystem::path>& gone);

/// Deletes a content that nothing links to any more; returns the bytes freed.
std::uint64_t sweepStore(const std::filesystem::path& cacheFolder,
                         const std::filesystem::path& content);

}  // namespace orrery::hub
