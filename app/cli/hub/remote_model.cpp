// A model on the hub as a folder of files that are holes behind their headers: what inspects a
// folder on disk inspects it.

#include "app/cli/hub/remote_model.h"

#include <algorithm>
#include <filesystem>
#include <random>
#include <regex>

#include "app/cli/engine_describe.h"
#include "core/base/file.h"
#include "core/base/gguf_parts.h"
#include "core/chat/template_source.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/safetensors.h"
#include "core/hub/api.h"
#include "core/hub/header_fetch.h"
#include "core/hub/local_collections.h"

namespace orrery::cli {
namespace {

namespace fs = std::filesystem;
using hub::RepositoryFile;
using hub::RepositoryTree;

constexpr std::uint64_t kConfigLimit = 4u << 20;
constexpr std::uint64_t kShardHeaderLimit = 4u << 20;    // several are in memory at a time
constexpr std::uint64_t kSingleHeaderLimit = 64u << 20;  // vocabularies of GGUF files are long
constexpr std::uint64_t kGgufFirst = 256u << 10;
constexpr int kGgufAtOnce = 4;

/// Small files that say what the weights are.
constexpr const char* kDescribing[] = {"config.json", "generation_config.json",
                                       "tokenizer_config.json", "chat_template.jinja"};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::random_device random;
    path_ =
        fs::temp_directory_path() / fmt::format("orrery-headers-{:08x}{:08x}", random(), random());
    fs::create_directory(path_);
    fs::permissions(path_, fs::perms::owner_all);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The safetensors that transformers would load: one file, or all parts of a set.
std::vector<const RepositoryFile*> safetensorsOf(const RepositoryTree& tree) {
  if (const auto* whole = tree.find("model.safetensors")) return {whole};
  static const std::regex part("model-[0-9]{5}-of-[0-9]{5}\\.safetensors");
  std::vector<const RepositoryFile*> parts;
  for (const RepositoryFile& file : tree.files)
    if (file.path.size() < 64 && std::regex_match(file.path, part)) parts.push_back(&file);
  std::ranges::sort(parts, {}, &RepositoryFile::path);
  return parts;
}

/// The only GGUF model there is, by its first file.
const RepositoryFile& ggufOf(const RepositoryTree& tree, const std::string& id) {
  std::vector<const RepositoryFile*> files;
  for (const RepositoryFile& file : tree.files)
    if (hub::isModelFile(file.path)) files.push_back(&file);
  if (files.size() == 1) return *files.front();
  if (files.empty())
    throw Error(ErrorKind::kUnsupported,
                "has no weights whose headers can be read alone (expected model.safetensors, its "
                "parts, or a .gguf file)")
        .in(id);
  throw Error(ErrorKind::kInvalidInput, "has {} GGUF models, from {} to {}: name one with --file",
              files.size(), quoted(files.front()->path), quoted(files.back()->path))
      .in(id);
}

/// The tokenizer inside a GGUF file; nothing if it has none that can be read.
std::optional<checkpoint::GgufVocabulary> vocabularyOf(const fs::path& file) {
  const auto gguf = checkpoint::GgufFile::open(file);
  if (!gguf->value("tokenizer.ggml.model")) return std::nullopt;
  return checkpoint::readGgufVocabulary(*gguf);
}

/// The index over the parts, as the headers tell it.
void writeIndex(const fs::path& folder, const std::vector<const RepositoryFile*>& parts) {
  Json map = Json::object();
  for (const RepositoryFile* part : parts)
    for (const auto& name : checkpoint::SafetensorsFile::open(folder / part->path)->names())
      map[name] = part->path;
  writeFileAtomically(folder / "model.safetensors.index.json", Json{{"weight_map", map}}.dump());
}

class RemoteModel {
 public:
  RemoteModel(hub::HttpClient& client, const std::string& id, const RepositoryTree& tree)
      : client_(client), id_(id), tree_(tree) {}

  RemoteInspection inspect(const std::string& weights) {
    RemoteInspection inspection;
    const auto parts =
        weights.empty() ? safetensorsOf(tree_) : std::vector<const RepositoryFile*>();
    fs::path subject = folder_.path();
    if (parts.empty()) {
      inspection.weightFiles = ggufParts(ggufNamed(weights).path);
      subject /= fs::path(inspection.weightFiles.front()).filename();
      inspection.receivedBytes = fetchGguf(inspection.weightFiles);
      inspection.vocabulary = vocabularyOf(subject);
    } else {
      inspection.receivedBytes = fetchParts(parts);
      for (const auto* part : parts) inspection.weightFiles.push_back(part->path);
      fetchDescription();
      if (parts.front()->path != "model.safetensors") writeIndex(subject, parts);
    }
    inspection.result = withContext(id_, [&] { return engine::inspectModel(subject); });
    inspection.chatTemplates = chat::readTemplates(subject).templates;
    // Neither the folder nor the tokenizer, which is not fetched, are the model's.
    inspection.result.model.path = id_;
    inspection.result.model.name = id_;
    if (tree_.find("tokenizer.json")) inspection.result.tokenizer.file = "tokenizer.json";
    return inspection;
  }

 private:
  const RepositoryFile& ggufNamed(const std::string& path) const {
    if (path.empty()) return ggufOf(tree_, id_);
    const RepositoryFile& file = fileNamed(path);
    if (!path.ends_with(".gguf"))
      throw Error(ErrorKind::kInvalidInput, "is {}, expected a .gguf file", quoted(path))
          .in("--file");
    return file;
  }

  hub::RemoteHeader header(const RepositoryFile& file, const fs::path& place) const {
    return {.url = hub::fileUrl(client_.settings().endpoint, id_, tree_.commit, file.path),
            .name = id_ + ": " + quoted(file.path),
            .size = file.size,
            .place = place};
  }

  const RepositoryFile& fileNamed(const std::string& path) const {
    const auto* file = tree_.find(path);
    if (!file) throw Error(ErrorKind::kNotFound, "has no file {}", quoted(path)).in(id_);
    return *file;
  }

  /// All files of a model; the first has all of its metadata, each its own tensors.
  std::uint64_t fetchGguf(const std::vector<std::string>& files) {
    std::vector<hub::RemoteHeader> headers;
    for (const std::string& file : files)
      headers.push_back(header(fileNamed(file), folder_.path() / fs::path(file).filename()));
    return hub::fetchHeaders(client_, headers,
                             {.first = kGgufFirst,
                              .limit = kSingleHeaderLimit,
                              .atOnce = kGgufAtOnce,
                              .length = checkpoint::GgufFile::headerBytes});
  }

  std::uint64_t fetchParts(const std::vector<const RepositoryFile*>& parts) {
    std::vector<hub::RemoteHeader> headers;
    for (const auto* part : parts) headers.push_back(header(*part, folder_.path() / part->path));
    return hub::fetchHeaders(client_, headers,
                             {.limit = parts.size() == 1 ? kSingleHeaderLimit : kShardHeaderLimit,
                              .length = hub::safetensorsHeaderBytes});
  }

  void fetchDescription() {
    hub::Api api(client_);
    for (const char* name : kDescribing)
      if (tree_.find(name))
        if (const auto text = api.file(id_, tree_.commit, name, kConfigLimit))
          writeFileAtomically(folder_.path() / name, *text);
  }

  hub::HttpClient& client_;
  const std::string& id_;
  const RepositoryTree& tree_;
  TemporaryFolder folder_;
};

}  // namespace

RemoteInspection inspectRemote(hub::HttpClient& client, const std::string& id,
                               const RepositoryTree& tree, const std::string& weights) {
  return RemoteModel(client, id, tree).inspect(weights);
}

}  // namespace orrery::cli
