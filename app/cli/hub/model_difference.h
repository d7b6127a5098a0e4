#pragma once

#include <string>
#include <vector>

#include "app/cli/hub/value_changes.h"
#include "core/base/cancel.h"
#include "core/hub/http_client.h"
#include "core/hub/repo_id.h"

namespace orrery::cli {

struct ModelDifference {
  std::string commits[2];
  std::vector<ValueChange> config;      ///< of config.json, or of what a GGUF file says
  std::vector<ValueChange> generation;  ///< of generation_config.json
  std::vector<ValueChange> tokenizer;   ///< of tokenizer.json and tokenizer_config.json, or GGUF's
  std::vector<ValueChange> templates;   ///< chat templates by name, as texts
  std::vector<ValueChange> tensors;     ///< {"dtype", "shape"} by name
  std::vector<ValueChange> files;       ///< {"size", "hash"} by path
  std::string notCompared;              ///< why tensors are not; else empty

  bool empty() const;
  Json toJson() const;
};

/// Compares two models or revisions of one by their small files and by the headers of their
/// weights. `weights` names the GGUF file of each, where there are several. An Error if one of them
/// cannot be read at all.
ModelDifference compareRemote(hub::HttpClient& client, const hub::ModelReference (&models)[2],
                              const std::string (&weights)[2], const CancelToken& cancel);

}  // namespace orrery::cli
