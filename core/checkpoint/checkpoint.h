#pragma once

#include <filesystem>
#include <memory>

#include "core/base/json.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/weight_source.h"

namespace orrery::checkpoint {

/// A model as it lies on disk: its configuration and its weights, by the names that transformers
/// gives them, whatever the format. Cheap to copy.
struct Checkpoint {
  Json config;                         ///< config.json, or what a GGUF file says in its words
  std::filesystem::path folderOrFile;  ///< what was opened
  std::shared_ptr<const WeightSource> weights;
  Json generationConfig;                 ///< generation_config.json; null if there is none
  std::shared_ptr<const GgufFile> gguf;  ///< of a GGUF file: the file itself, with its vocabulary

  /// The file that `config` is of, for messages.
  std::string configName() const;
};

/// Opens a folder with config.json and weights (model.safetensors, its index, pytorch_model.bin,
/// its index; the first that is there), or a GGUF file. Nothing is read but headers. Throws an
/// Error that names the file, the field, what was found and what was expected.
Checkpoint openCheckpoint(const std::filesystem::path& path);

/// The weights of such a folder alone.
std::shared_ptr<const WeightSource> openFolderWeights(const std::filesystem::path& folder);

}  // namespace orrery::checkpoint
