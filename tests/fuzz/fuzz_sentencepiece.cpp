// Any bytes as a sentencepiece model, for each class that reads one: an Error or a tokenizer that
// can write texts.

#include "core/tokenizers/formats/sentencepiece.h"

using namespace orrery;
using namespace orrery::tokenizers;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const char* name : {"TokenizersBackend", "LlamaTokenizer", "GemmaTokenizer", "T5Tokenizer",
                           "XLMRobertaTokenizer"}) {
    const TokenizerClass& kind = *findClass(name);
    try {
      Json config = withDefaults(kind, Json::object());
      ClassVocabulary vocabulary =
          sentencePieceVocabulary(kind, readSentencePieceModel(bytes), config, "fuzz");
      const Tokenizer tokenizer(buildClass(kind, std::move(vocabulary), config, "fuzz"));
      tokenizer.decode(tokenizer.encode("a  bé ▁ﬁ漢<s>aaaa\n").ids);
    } catch (const Error&) {
    }
  }
  return 0;
}
