#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/token_type.h"

namespace orrery::checkpoint {

class GgufFile;

/// The tokenizer inside a GGUF file ("tokenizer.*"), in plain values. Texts are copies, so nothing
/// refers to the file. What the file does not say is empty.
struct GgufVocabulary {
  std::string
      model;  ///< "gpt2" (byte-level BPE), "llama" (sentencepiece BPE), "bert", "t5" (unigram)
  std::string preTokenizer;  ///< tokenizer.ggml.pre: "smollm", "llama-bpe", "default", …

  std::vector<std::string> tokens;  ///< text of each id
  std::vector<TokenType> types;     ///< one for each token, or none at all
  std::vector<float> scores;        ///< one for each token, or none at all
  std::vector<std::string> merges;  ///< "left right" in order of rank

  std::optional<std::int64_t> bos, eos, eot, eom, unknown, separator, padding, cls, mask;
  std::optional<bool> addBos, addEos, addSeparator, addSpacePrefix, removeExtraWhitespace;
  std::string precompiledCharsmap;  ///< sentencepiece's normalisation table, raw bytes
  std::string huggingFaceJson;      ///< a whole tokenizer.json, where the writer put one in

  std::string chatTemplate;                          ///< Jinja text of the default template
  std::map<std::string, std::string> chatTemplates;  ///< further templates by name ("tool_use", …)
};

/// Reads the vocabulary; works for a file that holds nothing else, whatever its architecture.
/// Throws an Error that names the file and the field if there is none, lists differ in length, an
/// id lies outside of the vocabulary, or a field has another type than it should.
GgufVocabulary readGgufVocabulary(const GgufFile& file);

}  // namespace orrery::checkpoint
