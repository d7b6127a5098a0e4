#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/cancel.h"

namespace orrery::hub {

/// Where other programs keep GGUF models; an empty path is looked at by nobody.
struct CollectionFolders {
  std::filesystem::path lmStudio;  ///< PUBLISHER/NAME/*.gguf
  std::filesystem::path ollama;    ///< manifests/ and blobs/
  std::filesystem::path gpt4all;   ///< *.gguf
  std::filesystem::path llamaCpp;  ///< *.gguf

  /// By the variables of those programs (OLLAMA_MODELS, LLAMA_CACHE) and their defaults.
  static CollectionFolders fromEnvironment();
};

/// A model file of another program, used where it is and never changed.
struct CollectedModel {
  std::string program;         ///< "lmstudio", "ollama", "gpt4all" or "llama.cpp"
  std::string name;            ///< as that program names it: "org/name/file", "llama3:8b"
  std::filesystem::path file;  ///< of a GGUF model; of several parts the first
};

struct CollectionProblem {
  std::filesystem::path path;
  std::string message;
};

struct CollectionScan {
  std::vector<CollectedModel> models;       ///< by program and name
  std::vector<CollectionProblem> problems;  ///< manifests that cannot be read or lead to nothing
};

/// Looks through the folders that are there; what is not there is empty. Reads names and Ollama's
/// manifests only.
CollectionScan scanCollections(const CollectionFolders& folders, const CancelToken& cancel = {});

/// Whether a GGUF file is a model by itself: the first of several parts, no projector of another.
bool isModelFile(const std::filesystem::path& file);

}  // namespace orrery::hub
