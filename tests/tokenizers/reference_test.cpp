// Every component against the reference: tests/oracle/make_tokenizers.py and
// make_vocabularies.py made the tokenizers and what is expected of them.

#include <QTemporaryDir>
#include <filesystem>

#include "core/base/file.h"
#include "core/tokenizers/streaming.h"
#include "core/tokenizers/tokenizer.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::tokenizers;
namespace fs = std::filesystem;

namespace {

/// What differs between an encoding and the one expected; empty if nothing does.
/// Overflowing pieces are compared with their first level only.
std::string difference(const Encoding& found, const Json& expected, bool withOverflowing = true) {
  std::vector<std::pair<int, int>> offsets;
  for (const Offsets& range : found.offsets) offsets.emplace_back(range.begin, range.end);
  const std::pair<const char*, Json> lists[] = {
      {"ids", found.ids},
      {"tokens", found.tokens},
      {"offsets", offsets},
      {"type_ids", found.typeIds},
      {"attention_mask", found.attentionMask},
      {"special_tokens_mask", found.specialTokensMask},
      {"words", found.words},
      {"sequences", found.sequenceIds},
  };
  for (const auto& [name, list] : lists)
    if (list != expected.at(name))
      return fmt::format("{}: found {}, expected {}", name, list.dump(), expected.at(name).dump());
  if (!withOverflowing) return {};
  const Json& overflowing = expected.at("overflowing");
  if (found.overflowing.size() != overflowing.size())
    return fmt::format("overflowing: found {} pieces, expected {}", found.overflowing.size(),
                       overflowing.size());
  for (std::size_t i = 0; i < overflowing.size(); ++i)
    if (const auto inner = difference(found.overflowing[i], overflowing[i], false); !inner.empty())
      return "overflowing " + inner;
  return {};
}

std::string difference(const Tokenizer& tokenizer, const Json& test) {
  EncodeOptions options;
  options.addSpecialTokens = test.at("add_special_tokens");
  options.truncation = tokenizer.fileTruncation();
  options.padding = tokenizer.filePadding();
  const auto text = test.at("text").get<std::string>();
  const Encoding encoding =
      test.at("pair").is_null()
          ? tokenizer.encode(text, options)
          : tokenizer.encodePair(text, test.at("pair").get<std::string>(), options);
  if (auto found = difference(encoding, test.at("encoding")); !found.empty()) return found;
  for (const auto& [key, skips] : {std::pair{"decoded", false}, std::pair{"skipped", true}}) {
    if (test.at(key).is_null()) continue;
    const std::string decoded = tokenizer.decode(encoding.ids, skips);
    if (decoded != test.at(key))
      return fmt::format("{}: found {}, expected {}", key, Json(decoded).dump(),
                         test.at(key).dump());
  }
  return {};
}

/// What to load of a case's folder: the GGUF file if it has one.
fs::path caseOf(const fs::path& folder) {
  return fs::exists(folder / "model.gguf") ? folder / "model.gguf" : folder;
}

}  // namespace

class TokenizersReferenceTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    folder_ = fs::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) / "tokenizers";
    if (!fs::exists(folder_))
      QSKIP("made by tests/oracle/make_tokenizers.py, which needs ORRERY_ORACLE_PYTHON");
  }

  void encodesAndDecodesAsTheReference_data() {
    QTest::addColumn<QString>("name");
    for (const auto& entry : fs::directory_iterator(folder_))
      if (fs::exists(entry.path() / "expected.json"))
        QTest::newRow(entry.path().filename().c_str())
            << QString::fromStdString(entry.path().filename());
  }
  void encodesAndDecodesAsTheReference() {
    QFETCH(const QString, name);
    const auto tokenizer = Tokenizer::load(caseOf(folder_ / name.toStdString()));
    const Json expected = readJsonFile(folder_ / name.toStdString() / "expected.json");
    QCOMPARE(tokenizer->vocabSize(), expected.at("vocab_size").get<std::size_t>());
    std::string firstDifference;
    int differences = 0;
    for (const Json& test : expected.at("cases")) {
      std::string found;
      try {
        found = difference(*tokenizer, test);
      } catch (const Error& error) {
        found = error.what();
      }
      if (!found.empty() && differences++ == 0)
        firstDifference = test.at("text").dump() + ": " + found;
    }
    QVERIFY2(differences == 0, fmt::format("{} of {} differ, first {}", differences,
                                           expected.at("cases").size(), firstDifference)
                                   .c_str());
  }

  void aFileGivesWhatItsFolderGives_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"spm_t5/spiece.model", "spm_llama/tokenizer.model",
                             "spm_xlm_roberta/sentencepiece.bpe.model", "merges_roberta/vocab.json",
                             "words_bert_options/vocab.txt", "gpt2/tokenizer.json"})
      QTest::newRow(name) << name;
  }
  void aFileGivesWhatItsFolderGives() {
    QFETCH(const QString, name);
    const fs::path file = folder_ / name.toStdString();
    const auto one = Tokenizer::load(file), other = Tokenizer::load(file.parent_path());
    const Json expected = readJsonFile(file.parent_path() / "expected.json");
    for (const Json& test : expected.at("cases")) {
      const auto text = test.at("text").get<std::string>();
      QCOMPARE(one->encode(text).ids, other->encode(text).ids);
    }
  }

  void streamedTextIsTheDecodedText_data() { encodesAndDecodesAsTheReference_data(); }
  void streamedTextIsTheDecodedText() {
    QFETCH(const QString, name);
    const auto tokenizer = Tokenizer::load(caseOf(folder_ / name.toStdString()));
    const Json expected = readJsonFile(folder_ / name.toStdString() / "expected.json");
    for (const Json& test : expected.at("cases")) {
      const auto ids = test.at("encoding").at("ids").get<std::vector<TokenId>>();
      StreamingDetokenizer stream(tokenizer, false);
      std::string text;
      for (const TokenId id : ids) text += stream.push(id);
      text += stream.finish();
      QCOMPARE(text, tokenizer->decode(ids));
    }
  }

  /// Ollama keeps models under their digests.
  void ggufFileIsKnownByItsContent() {
    const fs::path named = folder_ / "gguf_llama" / "model.gguf";
    QVERIFY(fs::exists(named));
    QTemporaryDir folder;
    const fs::path digest = fs::path(folder.path().toStdString()) / "sha256-0a1b";
    fs::create_symlink(named, digest);
    const std::string text = "A model that others keep.";
    QVERIFY(Tokenizer::load(digest)->encode(text).ids == Tokenizer::load(named)->encode(text).ids);
    const fs::path other = fs::path(folder.path().toStdString()) / "sha256-2c3d";
    writeFileAtomically(other, "GGUX");
    QVERIFY_THROWS_EXCEPTION(Error, Tokenizer::load(other));
  }

 private:
  fs::path folder_;
};

ORRERY_TEST(TokenizersReferenceTest)
#include "reference_test.moc"
