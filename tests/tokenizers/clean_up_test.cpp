#include "core/tokenizers/tokenizer.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

/// What the tokens "I", "do", "not", "." become, decoded with odd spaces taken out.
std::string cleanedUp(const char* model) {
  const Json json = {{"model", parseJson(model, "test")}, {"decoder", nullptr}};
  const auto tokenizer = tokenizers::Tokenizer::fromJson(json, "tokenizer.json");
  const std::vector<tokenizers::TokenId> ids{0, 1, 2, 3};
  return tokenizer->decode(ids, /*skipSpecialTokens=*/false, /*cleanUp=*/true);
}

}  // namespace

class CleanUpTest : public QObject {
  Q_OBJECT

 private slots:
  void wordsLoseTheSpaceBeforePunctuationAlone() {
    QCOMPARE(cleanedUp(R"({"type": "WordLevel", "unk_token": "I",
                           "vocab": {"I": 0, "do": 1, "not": 2, ".": 3}})"),
             std::string("I do not."));
  }
  void bytePairsKeepTheirSpaces() {
    QCOMPARE(cleanedUp(R"({"type": "BPE", "merges": [],
                           "vocab": {"I": 0, "do": 1, "not": 2, ".": 3}})"),
             std::string("I do not ."));
  }
};

ORRERY_TEST(CleanUpTest)
#include "clean_up_test.moc"
