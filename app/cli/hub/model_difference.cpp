#include "app/cli/hub/model_difference.h"

#include <algorithm>
#include <optional>

#include "app/cli/hub/remote_model.h"
#include "app/cli/hub/tokenizer_difference.h"
#include "core/hub/api.h"

namespace orrery::cli {
namespace {

constexpr std::uint64_t kFileLimit = 64u << 20;  // of tokenizer.json, the longest

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
      whole[i] = tokenizerOf(sides[i], sides[1 - i]);
      config[i] = document("tokenizer_config.json", sides[i], sides[1 - i]);
      const Json inside = takeMember(config[i], "chat_template");
      if (sides[i].inspection) {
        for (const auto& [name, source] : sides[i].inspection->chatTemplates)
          templates[i][name] = source;
      } else if (sides[i].tree.find("chat_template.jinja")) {
        templates[i]["default"] = text("chat_template.jinja", sides[i], sides[1 - i]);
      } else if (!inside.is_null()) {
        templates[i]["default"] = inside;
      }
    }
    result.tokenizer = isPacked(sides[0]) == isPacked(sides[1])
                           ? tokenizerChanges(std::move(whole[0]), std::move(whole[1]))
                           : vocabularyChanges(whole[0], whole[1]);
    for (auto& change : changes(flattened(config[0]), flattened(config[1])))
      result.tokenizer.push_back(std::move(change));
    result.templates = changes(templates[0], templates[1]);
  }

  /// Whether the tokenizer is inside a GGUF file.
  static bool isPacked(const Side& side) { return side.inspection && side.inspection->vocabulary; }

  Json tokenizerOf(const Side& side, const Side& other) {
    return isPacked(side) ? tokenizerJson(*side.inspection->vocabulary)
                          : document("tokenizer.json", side, other);
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
