#pragma once

#include <set>

#include "core/tokenizers/added_tokens.h"
#include "core/tokenizers/models/model.h"
#include "core/tokenizers/steps/decoder.h"
#include "core/tokenizers/steps/normalizer.h"
#include "core/tokenizers/steps/post_processor.h"
#include "core/tokenizers/steps/pre_tokenizer.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::tokenizers {

/// The steps from text to tokens, in order. Every one but the model may be absent.
struct Tokenizer::Parts {
  std::unique_ptr<const Normalizer> normalizer;
  std::unique_ptr<const PreTokenizer> preTokenizer;
  std::unique_ptr<const Model> model;
  std::unique_ptr<const PostProcessor> postProcessor;
  std::unique_ptr<const Decoder> decoder;
  AddedTokens added;
  std::optional<Truncation> truncation;
  std::optional<Padding> padding;
  TokenizerSettings settings;

  void add(const std::vector<AddedToken>& tokens) { added.add(tokens, *model, normalizer.get()); }
  /// Adds those whose text is no added token yet.
  void addNew(std::vector<AddedToken> tokens) {
    std::set<std::string> seen;
    std::erase_if(tokens, [&](const AddedToken& token) {
      return added.find(token.content) || !seen.insert(token.content).second;
    });
    add(tokens);
  }
  std::optional<TokenId> idOf(std::string_view token) const {
    const auto id = added.find(token);
    return id ? id : model->idOf(token);
  }
};

}  // namespace orrery::tokenizers
