#pragma once

#include "core/base/progress.h"
#include "core/hub/cache_layout.h"

namespace orrery::hub {

struct Mismatch {
  std::string path;
  std::string expected;
  std::string found;  ///< the digest of what is there
};

/// How a revision in the cache compares with what was published.
struct Verification {
  std::vector<std::string> verified;
  std::vector<Mismatch> wrong;
  std::vector<std::string> missing;  ///< files of the revision that are not in the cache
};

/// Reads every file of the revision that is in the cache and compares its digest.
Verification verifyRevision(const RepositoryCache& cache, const RepositoryTree& tree,
                            const CancelToken& cancel, const ProgressCallback& progress = {});

}  // namespace orrery::hub
