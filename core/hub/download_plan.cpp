#include "core/hub/download_plan.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <regex>
#include <set>

#include "core/base/error.h"
#include "core/hub/partial_file.h"

namespace orrery::hub {
namespace {

namespace fs = std::filesystem;

bool matches(const std::string& name, const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns, [&](std::string pattern) {
    if (pattern.ends_with('/')) pattern += '*';
    return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
  });
}

bool isTopLevel(std::string_view name) {
  return name.find('/') == name.npos;
}

bool isGguf(const std::string& name) {
  return name.ends_with(".gguf");
}

/// Configuration, tokenizer and templates: small files beside the weights.
bool isCompanion(const std::string& name) {
  if (name.starts_with("additional_chat_templates/")) return name.ends_with(".jinja");
  if (!isTopLevel(name) || name.starts_with('.') || name.ends_with(".index.json")) return false;
  constexpr std::array kEndings{".json", ".jinja", ".model", ".txt", ".tiktoken"};
  return std::ranges::any_of(kEndings, [&](const char* ending) { return name.ends_with(ending); });
}

using Names = std::vector<std::string>;

Names matching(const RepositoryTree& tree, const char* pattern) {
  const std::regex form(pattern);
  Names names;
  for (const RepositoryFile& file : tree.files)
    if (std::regex_match(file.path, form)) names.push_back(file.path);
  return names;
}

/// One file or the shards of one format with their index.
Names weightsNamed(const RepositoryTree& tree, const std::string& stem, const std::string& ending) {
  Names single = matching(tree, ("^" + stem + "\\." + ending + "$").c_str());
  if (!single.empty()) return single;
  Names shards = matching(tree, ("^" + stem + "-\\d{5}-of-\\d{5}\\." + ending + "$").c_str());
  const std::string index = stem + "." + ending + ".index.json";
  if (!shards.empty() && tree.find(index)) shards.push_back(index);
  return shards;
}

/// The GGUF file to take when several precisions are offered: good for its size first.
Names chooseGguf(const RepositoryTree& tree) {
  constexpr std::array kPreferred{"q4_k_m", "q4_k_s", "q4_0", "q4_1", "q5_k_m", "q8_0"};
  std::vector<const RepositoryFile*> found;
  for (const RepositoryFile& file : tree.files)
    if (isTopLevel(file.path) && isGguf(file.path) && !file.path.starts_with("mmproj"))
      found.push_back(&file);
  if (found.empty()) return {};
  const RepositoryFile* best = *std::ranges::min_element(found, {}, &RepositoryFile::size);
  for (const char* precision : kPreferred) {
    const auto has = [&](const RepositoryFile* file) {
      std::string lower = file->path;
      std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
      return lower.find(precision) != lower.npos;
    };
    if (const auto at = std::ranges::find_if(found, has); at != found.end()) {
      best = *at;
      break;
    }
  }
  static const std::regex kPart(R"(-\d{5}-of-(\d{5}\.gguf)$)");
  std::smatch part;
  if (!std::regex_search(best->path, part, kPart)) return {best->path};
  const std::string stem = part.prefix().str();
  Names parts;
  for (const RepositoryFile* file : found)
    if (file->path.starts_with(stem + "-") && file->path.ends_with("-of-" + part[1].str()))
      parts.push_back(file->path);
  return parts;
}

/// Weights in the one format that is loaded first.
Names chooseWeights(const RepositoryTree& tree) {
  if (Names names = weightsNamed(tree, "model", "safetensors"); !names.empty()) return names;
  if (Names names = matching(tree, R"(^[^/]*\.safetensors$)"); !names.empty()) return names;
  if (Names names = chooseGguf(tree); !names.empty()) return names;
  return weightsNamed(tree, "pytorch_model", "bin");
}

/// A GGUF file has the tokenizer and the templates in it.
std::set<std::string> chosenByDefault(const RepositoryTree& tree, bool withWeights) {
  const Names weights = chooseWeights(tree);
  std::set<std::string> chosen;
  if (withWeights || std::ranges::any_of(weights, isGguf))
    chosen.insert(weights.begin(), weights.end());
  for (const RepositoryFile& file : tree.files)
    if (isCompanion(file.path)) chosen.insert(file.path);
  return chosen;
}

bool hasSize(const fs::path& path, std::uint64_t size) {
  std::error_code failure;
  return fs::is_regular_file(path, failure) && fs::file_size(path, failure) == size && !failure;
}

}  // namespace

std::vector<RepositoryFile> chooseFiles(const RepositoryTree& tree, const FileChoice& choice) {
  for (const std::string& name : choice.names)
    if (!tree.find(name))
      throw Error(ErrorKind::kNotFound, "the repository has no such file").in(quoted(name));
  const std::set<std::string> byDefault =
      choice.isDefault() ? chosenByDefault(tree, choice.weights) : std::set<std::string>();
  std::vector<RepositoryFile> chosen;
  for (const RepositoryFile& file : tree.files) {
    const bool named = std::ranges::find(choice.names, file.path) != choice.names.end();
    const bool wanted =
        choice.all || named || byDefault.contains(file.path) || matches(file.path, choice.include);
    if (!wanted || matches(file.path, choice.exclude)) continue;
    checkedPath(file.path);
    chosen.push_back(file);
  }
  if (chosen.empty())
    throw Error(ErrorKind::kNotFound, "none of the {} files is wanted", tree.files.size());
  return chosen;
}

bool isPresent(const RepositoryCache& cache, const std::string& commit,
               const RepositoryFile& file) {
  return hasSize(cache.pointer(commit, file.path), file.size);
}

bool hasBlob(const RepositoryCache& cache, const RepositoryFile& file) {
  return hasSize(cache.blob(file.contentName()), file.size);
}

DownloadPlan planDownload(const RepositoryCache& cache, std::string id, std::string revision,
                          RepositoryTree tree, const FileChoice& choice) {
  DownloadPlan plan{std::move(id), std::move(revision), std::move(tree), {}};
  auto chosen = withContext(plan.id, [&] { return chooseFiles(plan.tree, choice); });
  for (RepositoryFile& file : chosen) {
    PlannedFile planned{std::move(file)};
    planned.present = isPresent(cache, plan.tree.commit, planned.file);
    planned.here = planned.present || hasBlob(cache, planned.file)
                       ? planned.file.size
                       : PartialFile::presentOnDisk(cache, planned.file);
    const auto remains = PartialFile::remains(cache, planned.file.contentName());
    planned.remains = planned.present && std::ranges::any_of(remains, [](const fs::path& path) {
                        std::error_code ignored;
                        return fs::exists(path, ignored);
                      });
    plan.files.push_back(std::move(planned));
  }
  return plan;
}

std::uint64_t DownloadPlan::bytesLeft() const {
  std::uint64_t sum = 0;
  for (const PlannedFile& planned : files) sum += planned.left();
  return sum;
}

std::uint64_t DownloadPlan::bytesWanted() const {
  std::uint64_t sum = 0;
  for (const PlannedFile& planned : files) sum += planned.file.size;
  return sum;
}

std::uint64_t DownloadPlan::bytesInRepository() const {
  std::uint64_t sum = 0;
  for (const RepositoryFile& file : tree.files) sum += file.size;
  return sum;
}

bool DownloadPlan::hasRemains() const {
  return std::ranges::any_of(files, &PlannedFile::remains);
}

bool DownloadPlan::complete() const {
  return std::ranges::all_of(files, &PlannedFile::present);
}

}  // namespace orrery::hub
