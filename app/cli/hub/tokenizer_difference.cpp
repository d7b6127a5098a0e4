#include "app/cli/hub/tokenizer_difference.h"

namespace orrery::cli {
namespace {

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
void addTokens(const Values& before, const Values& after, std::vector<ValueChange>& list) {
  std::size_t gone = 0, come = 0, moved = 0;
  for (const ValueChange& change : changes(before, after))
    ++(change.after.is_null() ? gone : change.before.is_null() ? come : moved);
  if (gone + come + moved == 0) return;
  list.push_back({"vocabulary",
                  {{"tokens", before.size()}, {"only_here", gone}, {"other_number", moved}},
                  {{"tokens", after.size()}, {"only_here", come}, {"other_number", moved}}});
}

/// "a b" of merges that are written as pairs, too.
Json plainMerges(Json merges) {
  if (!merges.is_array()) return Json::array();
  for (Json& merge : merges)
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
      merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  return merges;
}

/// A list as its length, where two of them differ.
void addList(const char* name, const Json& before, const Json& after,
             std::vector<ValueChange>& list) {
  if (before != after)
    list.push_back({name, {{"count", before.size()}}, {{"count", after.size()}}});
}

/// All tokens of a document: those of the model, and those that stand beside it.
Values allTokens(const Json& document) {
  const Json model = document.is_object() ? document.value("model", Json()) : Json();
  Values tokens = tokensOf(model.is_object() ? model.value("vocab", Json()) : Json());
  const Json added =
      document.is_object() ? document.value("added_tokens", Json::array()) : Json::array();
  for (const Json& token : added)
    if (token.is_object() && token.contains("content") && token["content"].is_string())
      tokens[token["content"].get<std::string>()] = token.value("id", Json());
  return tokens;
}

Json mergesOf(const Json& document) {
  const Json model = document.is_object() ? document.value("model", Json()) : Json();
  return plainMerges(model.is_object() ? model.value("merges", Json()) : Json());
}

}  // namespace

Json tokenizerJson(const checkpoint::GgufVocabulary& vocabulary) {
  Json tokens = Json::object(), ids = Json::object(), settings = Json::object();
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) tokens[vocabulary.tokens[i]] = i;
  const auto add = [](Json& to, const char* name, const auto& value) {
    if (value) to[name] = *value;
  };
  add(ids, "bos", vocabulary.bos);
  add(ids, "eos", vocabulary.eos);
  add(ids, "eot", vocabulary.eot);
  add(ids, "eom", vocabulary.eom);
  add(ids, "unknown", vocabulary.unknown);
  add(ids, "separator", vocabulary.separator);
  add(ids, "padding", vocabulary.padding);
  add(ids, "cls", vocabulary.cls);
  add(ids, "mask", vocabulary.mask);
  add(settings, "add_bos", vocabulary.addBos);
  add(settings, "add_eos", vocabulary.addEos);
  add(settings, "add_separator", vocabulary.addSeparator);
  add(settings, "add_space_prefix", vocabulary.addSpacePrefix);
  add(settings, "remove_extra_whitespace", vocabulary.removeExtraWhitespace);
  Json types = Json::array();
  for (const auto type : vocabulary.types) types.push_back(static_cast<int>(type));
  return {
      {"model",
       {{"type", vocabulary.model}, {"vocab", std::move(tokens)}, {"merges", vocabulary.merges}}},
      {"pre_tokenizer", vocabulary.preTokenizer},
      {"ids", std::move(ids)},
      {"settings", std::move(settings)},
      {"scores", vocabulary.scores},
      {"token_types", std::move(types)}};
}

std::vector<ValueChange> tokenizerChanges(Json before, Json after) {
  std::vector<ValueChange> list;
  Json none;
  Json& oldModel = before.is_object() && before.contains("model") ? before["model"] : none;
  Json& newModel = after.is_object() && after.contains("model") ? after["model"] : none;
  addTokens(tokensOf(takeMember(oldModel, "vocab")), tokensOf(takeMember(newModel, "vocab")), list);
  addList("merges", takeMember(oldModel, "merges"), takeMember(newModel, "merges"), list);
  for (const char* name : {"scores", "token_types"})  // of GGUF files
    addList(name, takeMember(before, name), takeMember(after, name), list);
  for (auto& change : changes(flattened(before), flattened(after)))
    list.push_back(std::move(change));
  return list;
}

std::vector<ValueChange> vocabularyChanges(const Json& before, const Json& after) {
  std::vector<ValueChange> list;
  addTokens(allTokens(before), allTokens(after), list);
  addList("merges", mergesOf(before), mergesOf(after), list);
  return list;
}

}  // namespace orrery::cli
