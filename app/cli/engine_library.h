#pragma once

#include <filesystem>
#include <vector>

#include "core/base/cancel.h"
#include "core/protocol/library.h"

namespace orrery::engine {

/// The models in the places that `params` names; `hubCaches` are the hub's. A model that cannot be
/// read becomes a problem of the result, a folder that does not exist holds none. Reads headers
/// only.
protocol::ListModelsResult listModels(const protocol::ListModelsParams& params,
                                      const std::vector<std::filesystem::path>& hubCaches,
                                      const CancelToken& cancel);

}  // namespace orrery::engine
