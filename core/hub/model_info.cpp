#include "core/hub/model_info.h"
#include "core/hub/json_list.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace orrery::hub {
namespace {

constexpr std::string_view kLicense = "license:";
constexpr std::string_view kBase = "base_model:";

std::string hash(const JsonField& json, std::string_view key, std::size_t length) {
  const auto text = json.get<std::string>(key, "");
  const bool hex = text.find_first_not_of("0123456789abcdef") == text.npos;
  if (!text.empty() && (!hex || text.size() != length))
    throw json[key].error(
        fmt::format("expected {} hexadecimal digits, found {}", length, quoted(text)));
  return text;
}

std::int64_t size(const JsonField& json, std::string_view key) {
  const auto bytes = json.get<std::int64_t>(key, 0);
  if (bytes < 0) throw json[key].error(fmt::format("expected 0 or more, found {}", bytes));
  return bytes;
}

void readParameters(const JsonField& json, ModelInfo& info) {
  if (const auto gguf = json.find("gguf")) {
    info.parameters = size(*gguf, "total");
    info.contextLength = size(*gguf, "context_length");
    info.modelType = gguf->get<std::string>("architecture", "");
  }
  const auto safetensors = json.find("safetensors");
  if (!safetensors) return;
  info.parameters = size(*safetensors, "total");
  const auto types = safetensors->find("parameters");
  if (!types || !types->json().is_object()) return;
  for (const auto& item : types->json().items())
    info.parametersByType[item.key()] = size(*types, item.key());
}

/// "base_model:quantized:org/name" goes before "base_model:org/name", which says less.
void readTags(ModelInfo& info) {
  for (const std::string& tag : info.tags) {
    if (tag.starts_with(kLicense) && info.license.empty())
      info.license = tag.substr(kLicense.size());
    if (tag.starts_with(kBase)) info.baseModels.push_back(tag.substr(kBase.size()));
  }
  const auto saidBetter = [&](const std::string& base) {
    return std::ranges::any_of(info.baseModels, [&](const std::string& other) {
      return other.size() > base.size() && other.ends_with(":" + base);
    });
  };
  std::vector<std::string> kept;
  std::ranges::copy_if(info.baseModels, std::back_inserter(kept), std::not_fn(saidBetter));
  info.baseModels = std::move(kept);
}

std::vector<Ref> readRefList(const JsonField& json, const char* key) {
  std::vector<Ref> refs;
  const auto list = json.find(key);
  if (!list) return refs;
  forEachElement(*list, [&](const JsonField& item) {
    refs.push_back({item.require<std::string>("name"), item.require<std::string>("ref"),
                    hash(item, "targetCommit", 40)});
  });
  return refs;
}

}  // namespace

ModelInfo readModelInfo(const JsonField& json) {
  ModelInfo info{.id = json.require<std::string>("id")};
  info.author = json.get<std::string>("author", "");
  info.commit = hash(json, "sha", 40);
  info.task = json.get<std::string>("pipeline_tag", "");
  info.library = json.get<std::string>("library_name", "");
  info.created = json.get<std::string>("createdAt", "");
  info.modified = json.get<std::string>("lastModified", "");
  const auto gated = json.find("gated");
  if (gated && !gated->json().is_boolean())
    info.gated = gated->as<std::string>();
  else if (gated && gated->as<bool>())
    info.gated = "auto";
  info.isPrivate = json.get("private", false);
  info.disabled = json.get("disabled", false);
  info.downloads = size(json, "downloads");
  info.downloadsAllTime = size(json, "downloadsAllTime");
  info.likes = size(json, "likes");
  info.trendingScore =
      static_cast<std::int64_t>(std::clamp(json.get<double>("trendingScore", 0), 0.0, 1e15));
  info.storageBytes = size(json, "usedStorage");
  info.tags = json.get<std::vector<std::string>>("tags", {});
  readParameters(json, info);
  if (const auto config = json.find("config"))
    info.modelType = config->get<std::string>("model_type", info.modelType);
  readTags(info);
  return info;
}

Refs readRefs(const JsonField& json) {
  return {readRefList(json, "branches"), readRefList(json, "tags"), readRefList(json, "converts"),
          readRefList(json, "pullRequests")};
}

Json ModelInfo::toJson() const {
  return {{"id", id},
          {"author", author},
          {"commit", commit},
          {"task", task},
          {"library", library},
          {"license", license},
          {"created", created},
          {"modified", modified},
          {"gated", gated},
          {"private", isPrivate},
          {"disabled", disabled},
          {"downloads", downloads},
          {"downloads_all_time", downloadsAllTime},
          {"likes", likes},
          {"trending_score", trendingScore},
          {"storage_bytes", storageBytes},
          {"parameters", parameters},
          {"parameters_by_type", parametersByType},
          {"context_length", contextLength},
          {"model_type", modelType},
          {"tags", tags},
          {"base_models", baseModels}};
}

Json Ref::toJson() const {
  return {{"name", name}, {"ref", ref}, {"commit", commit}};
}

Json Refs::toJson() const {
  const auto list = [](const std::vector<Ref>& refs) {
    Json array = Json::array();
    for (const Ref& ref : refs) array.push_back(ref.toJson());
    return array;
  };
  return {{"branches", list(branches)},
          {"tags", list(tags)},
          {"converts", list(converts)},
          {"pull_requests", list(pullRequests)}};
}

}  // namespace orrery::hub
