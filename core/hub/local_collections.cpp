#include "core/hub/local_collections.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/hub/repo_id.h"

namespace orrery::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kManifestLimit = 1u << 20;
constexpr int kMostEntries = 100'000;  // of one collection
constexpr int kMaxDepth = 6;
constexpr std::string_view kModelLayer = "application/vnd.ollama.image.model";
constexpr std::string_view kDigest = "sha256:";

fs::path environmentOr(const char* name, const fs::path& otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? fs::path(value) : otherwise;
}

class Scan {
 public:
  explicit Scan(const CancelToken& cancel) : cancel_(cancel) {}

  void ggufFiles(const fs::path& folder, const std::string& program) {
    forEachFile(folder, [&](const fs::path& file) {
      if (isModelFile(file))
        result_.models.push_back(
            {program, file.lexically_relative(folder).replace_extension().generic_string(), file});
    });
  }

  /// manifests/HOST/NAMESPACE/NAME/TAG name the blobs that a model is made of.
  void ollama(const fs::path& folder) {
    const fs::path manifests = folder / "manifests";
    forEachFile(manifests, [&](const fs::path& file) {
      try {
        const fs::path blob = blobOf(file, folder);
        result_.models.push_back({"ollama", ollamaName(file.lexically_relative(manifests)), blob});
      } catch (const Error& error) {
        result_.problems.push_back({file, error.what()});
      }
    });
  }

  CollectionScan take() {
    std::ranges::sort(result_.models, {}, [](const CollectedModel& model) {
      return std::tie(model.program, model.name);
    });
    return std::move(result_);
  }

 private:
  template <class Visit>
  void forEachFile(const fs::path& folder, Visit&& visit) {
    if (folder.empty()) return;
    std::error_code failure;
    int entries = 0;
    for (fs::recursive_directory_iterator at(folder, failure), end; !failure && at != end;
         at.increment(failure)) {
      cancel_.throwIfCancelled();
      if (++entries > kMostEntries) return;
      if (at.depth() >= kMaxDepth) at.disable_recursion_pending();
      std::error_code ignored;
      const bool hidden = at->path().filename().string().starts_with('.');
      if (hidden) at.disable_recursion_pending();
      if (!hidden && at->is_regular_file(ignored)) visit(at->path());
    }
  }

  static fs::path blobOf(const fs::path& manifest, const fs::path& folder) {
    const Json document = parseJson(readTextFile(manifest, kManifestLimit), manifest.string());
    const JsonField field(document, manifest.string());
    for (const JsonField& layer : field["layers"].elements()) {
      if (layer.require<std::string>("mediaType") != kModelLayer) continue;
      const auto digest = layer.require<std::string>("digest");
      if (!digest.starts_with(kDigest) || !isSha256(digest.substr(kDigest.size())))
        throw layer["digest"].error("expected sha256:HEX, found " + quoted(digest));
      const fs::path blob = folder / "blobs" / ("sha256-" + digest.substr(kDigest.size()));
      std::error_code ignored;
      if (!fs::is_regular_file(blob, ignored))
        throw layer["digest"].error("the blob is not there: " + quoted(blob.string(), 200));
      return blob;
    }
    throw field["layers"].error("expected a layer of type " + std::string(kModelLayer));
  }

  /// "llama3:8b" for what comes from Ollama's own library, else "host/namespace/name:tag".
  static std::string ollamaName(const fs::path& manifest) {
    std::string name = manifest.parent_path().generic_string();
    const std::string_view library = "registry.ollama.ai/library/";
    if (name.starts_with(library)) name.erase(0, library.size());
    return name + ":" + manifest.filename().string();
  }

  const CancelToken& cancel_;
  CollectionScan result_;
};

}  // namespace

CollectionFolders CollectionFolders::fromEnvironment() {
  const fs::path home = environmentOr("HOME", "/nonexistent");
  const fs::path cache = environmentOr("XDG_CACHE_HOME", home / ".cache");
  const fs::path data = environmentOr("XDG_DATA_HOME", home / ".local/share");
  return {.lmStudio = home / ".lmstudio/models",
          .ollama = environmentOr("OLLAMA_MODELS", home / ".ollama/models"),
          .gpt4all = data / "nomic.ai/GPT4All",
          .llamaCpp = environmentOr("LLAMA_CACHE", cache / "llama.cpp")};
}

CollectionScan scanCollections(const CollectionFolders& folders, const CancelToken& cancel) {
  Scan scan(cancel);
  scan.ggufFiles(folders.lmStudio, "lmstudio");
  scan.ollama(folders.ollama);
  scan.ggufFiles(folders.gpt4all, "gpt4all");
  scan.ggufFiles(folders.llamaCpp, "llama.cpp");
  return scan.take();
}

bool isModelFile(const fs::path& file) {
  if (file.extension() != ".gguf") return false;
  const std::string name = file.stem().string();
  const bool part = name.size() > 15 && name.substr(name.size() - 9, 4) == "-of-";
  return !name.starts_with("mmproj") && (!part || name.substr(name.size() - 14, 5) == "00001");
}

}  // namespace orrery::hub
