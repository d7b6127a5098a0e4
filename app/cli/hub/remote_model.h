#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/gguf_vocabulary.h"
#include "core/hub/http_client.h"
#include "core/hub/repository_tree.h"
#include "core/protocol/library.h"

namespace orrery::cli {

/// What `inspect` says of a model on the hub, without downloading it.
struct RemoteInspection {
  protocol::InspectResult result;
  std::map<std::string, std::string> chatTemplates;      ///< by name: "default", "tool_use", …
  std::optional<checkpoint::GgufVocabulary> vocabulary;  ///< inside a GGUF file
  std::vector<std::string> weightFiles;                  ///< whose headers were read
  std::uint64_t receivedBytes = 0;                       ///< of headers
};

/// Reads the configuration and the headers of one set of weight files: the safetensors, or the GGUF
/// file `weights`, the first of several (empty: the only model there is). `tree` is of the commit
/// to judge. An Error says why there is nothing to judge.
RemoteInspection inspectRemote(hub::HttpClient& client, const std::string& id,
                               const hub::RepositoryTree& tree, const std::string& weights = {});

}  // namespace orrery::cli
