// What becomes of the outputs of a CTC head, beyond what cases.json compares.

#include <QTemporaryDir>

#include "core/base/file.h"
#include "core/pipelines/ctc_decoding.h"
#include "core/pipelines/pipeline.h"
#include "tests/support/test_main.h"

using namespace orrery;
using pipelines::CtcPiece;

namespace {

pipelines::CtcVocabulary letters() {
  return {.tokens = {{0, "<pad>"}, {1, "|"}, {2, "A"}, {3, "Ü"}, {4, "A"}}};
}

QString textOf(std::vector<std::int64_t> ids, const pipelines::CtcVocabulary& vocabulary) {
  return QString::fromStdString(decodeCtc(ids, vocabulary).text);
}

using Files = std::map<std::string, std::string>;

pipelines::CtcVocabulary loaded(const Files& files, const QTemporaryDir& folder) {
  const std::filesystem::path path = folder.path().toStdString();
  for (const auto& [name, text] : files) writeFileAtomically(path / name, text);
  return pipelines::CtcVocabulary::load(path);
}

/// The error that loading these files ends in; empty without one.
QString loadingError(const Files& files) {
  const QTemporaryDir folder;
  try {
    loaded(files, folder);
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what()).remove(folder.path() + "/");
  }
}

}  // namespace

class CtcTest : public QObject {
  Q_OBJECT

 private slots:
  void repeatedTokensAreOneUnlessABlankParts() {
    QCOMPARE(textOf({2, 2, 0, 2, 3, 3}, letters()), "AAÜ");
    QCOMPARE(textOf({2, 4}, letters()), "A");
  }
  void textBeginsAndEndsWithoutSpaces() {
    QCOMPARE(textOf({1, 0, 2, 1, 3, 1, 0}, letters()), "A Ü");
  }
  void silenceIsAnEmptyText() {
    QCOMPARE(textOf({}, letters()), "");
    QCOMPARE(textOf({0, 0}, letters()), "");
  }
  void lowerCaseIsOfTheTextAlone() {
    auto vocabulary = letters();
    vocabulary.lowerCase = true;
    const std::vector<std::int64_t> ids{3};
    const auto text = decodeCtc(ids, vocabulary);
    QCOMPARE(QString::fromStdString(text.text), "ü");
    QCOMPARE(text.characters, (std::vector<CtcPiece>{{"Ü", 0, 1}}));
  }
  void wordsTellTheirOutputs() {
    const std::vector<std::int64_t> ids{1, 2, 2, 0, 3, 1, 1, 0, 4};
    const auto text = decodeCtc(ids, letters());
    QCOMPARE(pipelines::ctcWords(text.characters, " "),
             (std::vector<CtcPiece>{{"AÜ", 1, 5}, {"A", 8, 9}}));
  }
  void unknownIdIsNamed() { QVERIFY_THROWS_EXCEPTION(Error, textOf({2, 9}, letters())); }
  void vocabularyCountsBeforeAddedTokens() {
    const QTemporaryDir folder;
    const auto vocabulary = loaded({{"vocab.json", R"({"A": 0, "B": 1})"},
                                    {"tokenizer_config.json", R"({"added_tokens_decoder":
                   {"1": {"content": "<s>"}, "2": {"content": "</s>"}}})"},
                                    {"added_tokens.json", R"({"<x>": 2, "<y>": 3})"}},
                                   folder);
    const std::map<std::int64_t, std::string> expected{{0, "A"}, {1, "B"}, {2, "</s>"}, {3, "<y>"}};
    QVERIFY(vocabulary.tokens == expected);
  }
  void brokenVocabularyIsNamed() {
    QCOMPARE(loadingError({{"vocab.json", R"({"A": "one"})"}}),
             "vocab.json: A: expected an integer, found \"one\"");
    QCOMPARE(loadingError({{"vocab.json", R"({"eng": {}})"},
                           {"tokenizer_config.json", R"({"target_lang": "deu"})"}}),
             "vocab.json: field \"deu\" is missing");
    QCOMPARE(loadingError({{"vocab.json", R"({"deu": {"A": 1}, "eng": {"A": 1}})"}}),
             "vocab.json: has letters for each language: expected target_lang as an option, or in "
             "tokenizer_config.json");
  }
};

ORRERY_TEST(CtcTest)
#include "ctc_test.moc"
