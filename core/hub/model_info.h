#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::hub {

/// What the hub says of a model. What it does not say is empty or 0: it sends what was asked for,
/// and not everything is known of each model.
struct ModelInfo {
  std::string id;  ///< "org/name"
  std::string author;
  std::string commit;  ///< hash of the revision asked for
  std::string task, library, license;
  std::string created, modified;  ///< as "2024-05-01T12:00:00.000Z"
  std::string gated;              ///< "", "auto" or "manual"
  bool isPrivate = false, disabled = false;
  std::int64_t downloads = 0;  ///< of the last 30 days
  std::int64_t downloadsAllTime = 0;
  std::int64_t likes = 0;
  std::int64_t trendingScore = 0;
  std::int64_t storageBytes = 0;  ///< of all revisions
  std::int64_t parameters = 0;    ///< as its files' headers say
  std::map<std::string, std::int64_t> parametersByType;
  std::int64_t contextLength = 0;  ///< of GGUF files
  std::string modelType;
  std::vector<std::string> tags;
  std::vector<std::string>
      baseModels;  ///< with the relation where it is told: "quantized:org/name"

  Json toJson() const;
};

/// Reads one model of a search or of /api/models/ID. An Error names the field.
ModelInfo readModelInfo(const JsonField& json);

/// A branch or tag.
struct Ref {
  std::string name;
  std::string ref;     ///< "refs/heads/main"
  std::string commit;  ///< hash

  Json toJson() const;
};
struct Refs {
  std::vector<Ref> branches, tags, converts, pullRequests;

  Json toJson() const;
};
Refs readRefs(const JsonField& json);

}  // namespace orrery::hub
