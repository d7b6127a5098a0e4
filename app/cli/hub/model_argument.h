#pragma once

#include <string>

#include "app/cli/command.h"

namespace orrery::cli {

/// Which files of a model on the hub a command works with.
enum class ModelNeed {
  kAll,   ///< what running it needs
  kText,  ///< configuration, tokenizer and templates
};

/// Adds --model, which takes a path (`description` says of what) or org/name[@revision], and
/// --offline. `model` must live as long as `command`.
void addModelOption(CLI::App& command, std::string& model, const std::string& description,
                    ModelNeed need);

/// For the command that was parsed: puts the path in the cache in the place of a model's id; what
/// is missing is downloaded after saying how much. An Error if the model cannot be had.
void resolveParsedModel();

/// The path of a model that is in a cache already; `text` itself if it is a path or no id. Asks
/// nobody. An Error if it is an id and the caches have not what running it needs.
std::string cachedModelPath(const std::string& text);

}  // namespace orrery::cli
