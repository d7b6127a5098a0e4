// Short tokenizer.json files that would take much memory or time.

#include "core/tokenizers/formats/gguf.h"
#include "core/tokenizers/tokenizer.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::tokenizers;

namespace {

Json sequence(const char* list, const Json& step, int count) {
  Json steps = Json::array();
  for (int i = 0; i < count; ++i) steps.push_back(step);
  return {{"type", "Sequence"}, {list, steps}};
}

/// The error that a round trip of `text` with such a tokenizer ends in; empty if there is none.
QString errorOf(const Json& more, std::string_view text) {
  Json file = {{"model", {{"type", "WordLevel"}, {"vocab", {{"a", 0}}}, {"unk_token", "a"}}}};
  file.update(more);
  try {
    const auto tokenizer = Tokenizer::fromJson(file, "tokenizer.json");
    tokenizer->decode(tokenizer->encode(text).ids);
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

const Json kDoubling = {{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aa"}};

}  // namespace

class HostileTokenizerTest : public QObject {
  Q_OBJECT

 private slots:
  void doublingNormalizerEnds() {
    const QString error = errorOf({{"normalizer", sequence("normalizers", kDoubling, 40)}}, "a");
    QVERIFY2(error.contains("the tokenizer's replacements make"), qPrintable(error));
  }
  void doublingPreTokenizerEnds() {
    const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
    const QString error =
        errorOf({{"pre_tokenizer", sequence("pretokenizers", bytes, 40)}}, "\xc3\xa9");
    QVERIFY2(error.contains("the tokenizer's replacements make"), qPrintable(error));
  }
  void doublingDecoderEnds() {
    Json nested = sequence("decoders", kDoubling, 20);
    nested["decoders"].push_back(nested);
    const QString error = errorOf({{"decoder", nested}}, "a");
    QVERIFY2(error.contains("the tokenizer's replacements make"), qPrintable(error));
  }
  void hugePaddingIsRefused() {
    const Json padding = {{"strategy", {{"Fixed", 2'000'000'000}}},
                          {"direction", "Right"},
                          {"pad_id", 0},
                          {"pad_type_id", 0},
                          {"pad_token", "a"}};
    QVERIFY(errorOf({{"padding", padding}}, "a").contains("padding.strategy.Fixed"));
  }
  void longTokenOfGgufIsRefused() {
    checkpoint::GgufVocabulary vocabulary;
    vocabulary.model = "llama";
    vocabulary.tokens = {"<unk>", std::string(1 << 20, 'a')};
    QVERIFY_THROWS_EXCEPTION(Error, fromGguf(vocabulary, "gemma"));
  }
};

ORRERY_TEST(HostileTokenizerTest)
#include "hostile_files_test.moc"
