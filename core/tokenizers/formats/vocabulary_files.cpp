#include "core/tokenizers/formats/vocabulary_files.h"

#include "core/base/file.h"
#include "core/base/utf8.h"
#include "core/tokenizers/formats/class_choice.h"
#include "core/tokenizers/formats/sentencepiece.h"
#include "core/tokenizers/text/unicode.h"

namespace orrery::tokenizers {
namespace {

namespace fs = std::filesystem;
using Files = TokenizerClass::Files;

constexpr const char* kNames[] = {"tokenizer.model", "spiece.model", "sentencepiece.bpe.model",
                                  "spm_char.model",  "vocab.json",   "vocab.txt"};

bool isPieces(Files files) {
  return files != Files::kMerges && files != Files::kCharacters && files != Files::kWordList;
}

/// Whether a class that is made of `kind` may have a file of `files`.
bool fits(Files kind, Files files) {
  if (isPieces(files)) return isPieces(kind);
  return kind == files || (kind == Files::kCharacters && files == Files::kMerges);
}

Files filesOf(const fs::path& file) {
  if (file.extension() == ".model") return Files::kPieces;
  return file.extension() == ".json" ? Files::kMerges : Files::kWordList;
}

/// Each line without its end; a last line that is empty does not count.
template <class Use>
void forEachLine(std::string_view text, Use use) {
  for (std::size_t number = 0; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r') && end < text.size()) line.remove_suffix(1);
    use(line, number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string readUtf8File(const fs::path& file) {
  std::string text = readTextFile(file);
  if (const auto at = utf8::firstInvalid(text); at != text.npos)
    throw Error(ErrorKind::kInvalidInput, "byte {} is not UTF-8", at).in(file.string());
  return text;
}

/// A token a line; the id is the number of the line.
Vocabulary readWordList(const fs::path& file) {
  Vocabulary vocabulary;
  forEachLine(readUtf8File(file), [&](std::string_view line, std::size_t number) {
    std::u32string token = utf8::decode(line);
    while (!token.empty() && unicode::isWhitespace(token.back())) token.pop_back();
    std::string text;
    for (const char32_t c : token) utf8::append(text, c);
    vocabulary.add(text, static_cast<std::int64_t>(number));
  });
  if (vocabulary.size() == 0)
    throw Error(ErrorKind::kInvalidInput, "is empty, expected a token a line").in(file.string());
  return vocabulary;
}

Merges readMergesFile(const fs::path& file) {
  Merges merges;
  forEachLine(readUtf8File(file), [&](std::string_view line, std::size_t number) {
    if (line.starts_with("#version")) return;
    const std::size_t space = line.find(' ');
    if (space == line.npos || line.find(' ', space + 1) != line.npos)
      throw Error(ErrorKind::kInvalidInput, "line {}: expected two tokens, found {}", number + 1,
                  orrery::quoted(line))
          .in(file.string());
    merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  });
  return merges;
}

Vocabulary readVocabularyJson(const fs::path& file) {
  const Json json = readJsonFile(file);
  return readVocabulary(JsonField(json, file.string()));
}

/// The class that the configuration asks for, or what such files usually belong to.
const TokenizerClass& classFor(const fs::path& file, const std::string& name) {
  const Files files = filesOf(file);
  const TokenizerClass* kind = name.empty() ? &plainClass() : findClass(name);
  if (!kind)
    throw Error(ErrorKind::kUnsupported,
                "tokenizer_class {} is not supported without a tokenizer.json",
                orrery::quoted(name))
        .in(file.string());
  if (kind == &plainClass() && files == Files::kMerges) return *findClass("GPT2Tokenizer");
  if (kind == &plainClass() && files == Files::kWordList) return *findClass("BertTokenizer");
  if (!fits(kind->files, files))
    throw Error(ErrorKind::kUnsupported, "{} is not made of such a file", kind->name)
        .in(file.string());
  return *kind;
}

}  // namespace

std::optional<fs::path> findVocabularyFile(const fs::path& folder) {
  for (const char* name : kNames)
    if (fs::exists(folder / name)) return folder / name;
  return std::nullopt;
}

bool isVocabularyFile(const fs::path& file) {
  return file.extension() == ".model" || file.filename() == "vocab.json" ||
         file.filename() == "vocab.txt";
}

Tokenizer::Parts readVocabularyFile(const fs::path& file, const Json& tokenizerConfig,
                                    const Json& config) {
  const TokenizerClass& kind = classFor(file, chooseClass(tokenizerConfig, config));
  const std::string source = (file.parent_path() / "tokenizer_config.json").string();
  Json fields = withDefaults(kind, tokenizerConfig);
  ClassVocabulary vocabulary;
  if (kind.files == Files::kMerges) {
    vocabulary.tokens = readVocabularyJson(file);
    vocabulary.merges = readMergesFile(file.parent_path() / "merges.txt");
  } else if (kind.files == Files::kCharacters) {
    vocabulary.tokens = readVocabularyJson(file);
  } else if (kind.files == Files::kWordList) {
    vocabulary.tokens = readWordList(file);
  } else {
    const std::string bytes = readTextFile(file);
    vocabulary = withContext(file.string(), [&] {
      return sentencePieceVocabulary(kind, readSentencePieceModel(bytes), fields, source);
    });
  }
  return withContext(file.string(),
                     [&] { return buildClass(kind, std::move(vocabulary), fields, source); });
}

}  // namespace orrery::tokenizers
