#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/tokenizers/parts.h"

namespace orrery::tokenizers {

/// What the files of a tokenizer hold when none of them says how a text becomes tokens.
struct ClassVocabulary {
  Vocabulary tokens;    ///< byte pairs and word pieces
  Merges merges;        ///< byte pairs
  ScoredTokens scored;  ///< the unigram model
  std::string charsMap;
  std::string unknownToken;         ///< of classes that leave it to the file
  std::int64_t unknownId = 0;       ///< the same
  bool byteFallback = false;        ///< the same
  std::vector<AddedToken> added{};  ///< besides those of tokenizer_config.json
};

/// A tokenizer class of transformers: the steps around a vocabulary and its special tokens.
struct TokenizerClass {
  /// The files that it is made of.
  enum class Files {
    kPieces,          ///< a sentencepiece model, as the algorithm that it says
    kBytePairPieces,  ///< a sentencepiece model, read as byte pairs
    kUnigramPieces,   ///< a sentencepiece model, read as unigrams
    kMerges,          ///< vocab.json and merges.txt
    kCharacters,      ///< vocab.json alone
    kWordList,        ///< vocab.txt
  };

  std::string_view name;
  Files files;
  const char* defaults;  ///< the fields of tokenizer_config.json that need not be there, as JSON
  /// Makes the steps, the post-processor excepted.
  void (*build)(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config);
  /// Makes the post-processor, once the special tokens have ids.
  void (*finish)(Tokenizer::Parts& parts, const JsonField& config);
};

/// The class with this name ("LlamaTokenizer", "LlamaTokenizerFast"), or null.
const TokenizerClass* findClass(std::string_view name);

/// The class that puts a vocabulary together by what its file says alone.
const TokenizerClass& plainClass();

/// `config` (tokenizer_config.json, an object) with the class's own values where it has none.
Json withDefaults(const TokenizerClass& kind, const Json& config);

/// A tokenizer of this class. `config` is withDefaults(); errors name it `source`.
Tokenizer::Parts buildClass(const TokenizerClass& kind, ClassVocabulary vocabulary,
                            const Json& config, const std::string& source);

/// How many <extra_id_…> tokens T5Tokenizer has; an Error if the field makes no sense.
int extraIds(const JsonField& config);

}  // namespace orrery::tokenizers
