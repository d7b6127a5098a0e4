#include "app/cli/hub/model_difference.h"

#include <algorithm>
#include <map>
#include <optional>

#include "app/cli/hub/remote_model.h"
#include "core/hub/api.h"

namespace orrery::cli {
namespace {

constexpr std::uint64_t kFileLimit = 64u << 20;  // of tokenizer.json, the longest
using Values = std::map<std::string, Json>;

/// Members of members as "rope_scaling.factor"; anything else is one value.
void flatten(const Json& json, const std::string& name, Values& values) {
  if (!json.is_object() || json.empty()) {
    if (!name.empty()) values[name] = json;
    return;
  }
  for (const auto& item : json.items())
    flatten(item.value(), name.empty() ? item.key() : name + "." + item.key(), values);
}

Values flattened(const Json& json) {
  Values values;
  flatten(json, "", values);
  return values;
}

std::vector<ValueChange> changes(const Values& before, const Values& after) {
  std::vector<ValueChange> list;
  for (const auto& [name, value] : before) {
    const auto other = after.find(name);
    if (other == after.end())
      list.push_back({name, value, nullptr});
    else if (other->second != value)
      list.push_back({name, value, other->second});
  }
  for (const auto& [name, value] : after)
    if (!before.contains(name)) list.push_back({name, nullptr, value});
  return list;
}

/// Numbers by token: of an object, or of the [token, score] pairs of Unigram.
Values tokensOf(const Json& vocabulary) {
  Values tokens;
  if (vocabulary.is_object())
    for (const auto& item : vocabulary.items()) tokens[item.key()] = item.value();
  if (vocabulary.is_array())
    for (std::size_t i = 0; i < vocabulary.size(); ++i)
      if (vocabulary[i].is_array() && !vocabulary[i].empty() && vocabulary[i][0].is_string())
        tokens[vocabulary[i][0].get<std::string>()] = i;
  return tokens;
}

/// A line of counts in the place of tens of thousands of tokens.
void addVocabulary(const Json& before, const Json& after, std::vector<ValueChange>& list) {
  const Values old = tokensOf(before), now = tokensOf(after);
  std::size_t gone = 0, come = 0, moved = 0;
  for (const ValueChange& change : changes(old, now))
    ++(change.after.is_null() ? gone : change.before.is_null() ? come : moved);
  if (gone + come + moved == 0) return;
  list.push_back({"vocabulary",
                  {{"tokens", old.size()}, {"only_here", gone}, {"other_number", moved}},
                  {{"tokens", now.size()}, {"only_here", come}, {"other_number", moved}}});
}

Json take(Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) return nullptr;
  Json value = std::move(object[key]);
  object.erase(key);
  return value;
}

/// tokenizer.json with its two long lists as counts.
std::vector<ValueChange> tokenizerChanges(Json before, Json after) {
  std::vector<ValueChange> list;
  Json none;
  Json& oldModel = before.is_object() && before.contains("model") ? before["model"] : none;
  Json& newModel = after.is_object() && after.contains("model") ? after["model"] : none;
  addVocabulary(take(oldModel, "vocab"), take(newModel, "vocab"), list);
  const Json oldMerges = take(oldModel, "merges"), newMerges = take(newModel, "merges");
  if (oldMerges != newMerges)
    list.push_back({"merges", {{"count", oldMerges.size()}}, {{"count", newMerges.size()}}});
  for (auto& change : changes(flattened(before), flattened(after)))
    list.push_back(std::move(change));
  return list;
}

bool isWeights(const hub::RepositoryFile& file) {
  return file.path.ends_with(".safetensors") || file.path.ends_with(".gguf");
}

Values filesOf(const hub::RepositoryTree& tree, bool weightsOnly) {
  Values files;
  for (const auto& file : tree.files)
    if (!weightsOnly || isWeights(file))
      files[file.path] = {{"size", file.size}, {"hash", file.contentName()}};
  return files;
}

Values tensorsOf(const RemoteInspection& inspection) {
  Values tensors;
  for (const auto& tensor : inspection.result.tensors)
    tensors[tensor.name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}};
  return tensors;
}

struct Side {
  hub::ModelReference model;
  std::string weights;
  hub::RepositoryTree tree;
  std::optional<RemoteInspection> inspection;
};

class Comparison {
 public:
  Comparison(hub::HttpClient& client, const CancelToken& cancel)
      : client_(client), cancel_(cancel), api_(client, cancel) {}

  ModelDifference run(Side (&sides)[2]) {
    ModelDifference result;
    for (int i = 0; i < 2; ++i) {
      const std::string commit = hub::fetchCommit(client_, sides[i].model, cancel_);
      sides[i].tree = hub::fetchTree(client_, sides[i].model.id, commit, cancel_);
      result.commits[i] = commit;
    }
    result.files = changes(filesOf(sides[0].tree, false), filesOf(sides[1].tree, false));
    compareWeights(sides, result);
    result.config =
        changes(flattened(configOf(sides[0], sides[1])), flattened(configOf(sides[1], sides[0])));
    result.generation = changesOf("generation_config.json", sides);
    compareTokenizers(sides, result);
    return result;
  }

 private:
  /// Nothing to read where all weights are the same files.
  void compareWeights(Side (&sides)[2], ModelDifference& result) {
    const bool named = sides[0].weights != sides[1].weights;
    if (!named && filesOf(sides[0].tree, true) == filesOf(sides[1].tree, true)) return;
    try {
      for (Side& side : sides)
        side.inspection = inspectRemote(client_, side.model.id, side.tree, side.weights);
      result.tensors = changes(tensorsOf(*sides[0].inspection), tensorsOf(*sides[1].inspection));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kCancelled) throw;
      for (Side& side : sides) side.inspection.reset();
      result.notCompared = error.what();
    }
  }

  void compareTokenizers(Side (&sides)[2], ModelDifference& result) {
    Json whole[2], config[2];
    Values templates[2];
    for (int i = 0; i < 2; ++i) {
      whole[i] = document("tokenizer.json", sides[i], sides[1 - i]);
      config[i] = document("tokenizer_config.json", sides[i], sides[1 - i]);
      const Json inside = take(config[i], "chat_template");
      if (sides[i].inspection) {
        for (const auto& [name, source] : sides[i].inspection->chatTemplates)
          templates[i][name] = source;
      } else if (sides[i].tree.find("chat_template.jinja")) {
        templates[i]["default"] = text("chat_template.jinja", sides[i], sides[1 - i]);
      } else if (!inside.is_null()) {
        templates[i]["default"] = inside;
      }
    }
    result.tokenizer = tokenizerChanges(std::move(whole[0]), std::move(whole[1]));
    for (auto& change : changes(flattened(config[0]), flattened(config[1])))
      result.tokenizer.push_back(std::move(change));
    result.templates = changes(templates[0], templates[1]);
  }

  std::vector<ValueChange> changesOf(const char* file, const Side (&sides)[2]) {
    return changes(flattened(document(file, sides[0], sides[1])),
                   flattened(document(file, sides[1], sides[0])));
  }

  Json configOf(const Side& side, const Side& other) {
    if (side.tree.find("config.json")) return document("config.json", side, other);
    return side.inspection ? side.inspection->result.config : Json();
  }

  Json document(const char* name, const Side& side, const Side& other) {
    const std::string content = text(name, side, other);
    return content.empty() ? Json() : parseJson(content, side.model.id + ": " + name);
  }

  /// Empty if there is no such file, or the other side has the very same.
  std::string text(const char* name, const Side& side, const Side& other) {
    const auto* file = side.tree.find(name);
    const auto* twin = other.tree.find(name);
    if (!file || (twin && twin->contentName() == file->contentName())) return "";
    return api_.file(side.model.id, side.tree.commit, name, kFileLimit).value_or("");
  }

  hub::HttpClient& client_;
  const CancelToken& cancel_;
  hub::Api api_;
};

Json listJson(const std::vector<ValueChange>& list) {
  Json array = Json::array();
  for (const ValueChange& change : list) array.push_back(change.toJson());
  return array;
}

}  // namespace

bool ModelDifference::empty() const {
  return config.empty() && generation.empty() && tokenizer.empty() && templates.empty() &&
         tensors.empty() && files.empty();
}

Json ModelDifference::toJson() const {
  return {{"commits", {commits[0], commits[1]}},
          {"config", listJson(config)},
          {"generation_config", listJson(generation)},
          {"tokenizer", listJson(tokenizer)},
          {"chat_templates", listJson(templates)},
          {"tensors", listJson(tensors)},
          {"files", listJson(files)},
          {"not_compared", notCompared}};
}

ModelDifference compareRemote(hub::HttpClient& client, const hub::ModelReference (&models)[2],
                              const std::string (&weights)[2], const CancelToken& cancel) {
  Side sides[2] = {{models[0], weights[0], {}, {}}, {models[1], weights[1], {}, {}}};
  return Comparison(client, cancel).run(sides);
}

}  // namespace orrery::cli
