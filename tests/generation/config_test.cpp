#include "core/generation/generation_config.h"

#include <QTemporaryDir>

#include "core/base/file.h"
#include "core/generation/generation_fields.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::generation;

namespace {

/// The text of the Error that setting `assignment` and validating ends in; empty if there is none.
QString errorOf(const char* assignment) {
  try {
    GenerationConfig config;
    config.set(assignment);
    config.validate();
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

}  // namespace

class GenerationConfigTest : public QObject {
  Q_OBJECT

 private slots:
  void numberOutOfRangeNamesFieldAndRange() {
    QCOMPARE(errorOf("top_p=1.5"), "--set top_p: expected a number in [0, 1], found 1.5");
    QCOMPARE(errorOf("temperature=0"), "--set temperature: expected a number above 0, found 0");
    QCOMPARE(errorOf("num_beams=0"), "--set num_beams: expected an integer in [1, 1024], found 0");
  }
  void wrongTypeNamesField() {
    QCOMPARE(errorOf("do_sample=often"),
             "--set do_sample: expected true or false, found \"often\"");
    QCOMPARE(errorOf("top_k=[1]"), "--set top_k: expected an integer, found [1]");
    QCOMPARE(errorOf("early_stopping=sometimes"),
             "--set early_stopping: expected true, false or \"never\", found \"sometimes\"");
    QCOMPARE(errorOf("sequence_bias=[[1,2]]"),
             "--set sequence_bias[0][0]: expected a list, found 1");
  }
  void unknownFieldIsRefused() {
    QVERIFY(errorOf("top_q=1").startsWith("--set top_q: unknown field"));
  }
  void deepValueIsTextNotACrash() {
    const std::string deep = "top_k=" + std::string(1 << 20, '[') + std::string(1 << 20, ']');
    QVERIFY(errorOf(deep.c_str()).startsWith("--set top_k: expected an integer, found \"[[["));
  }
  void assignmentWithoutNameIsRefused() { QVERIFY(errorOf("=3").contains("name=value")); }
  void unsupportedFieldIsRefusedByName() {
    QCOMPARE(errorOf("num_beam_groups=2"),
             "num_beam_groups: not supported yet: expected null, found 2");
    QCOMPARE(errorOf("penalty_alpha=0.6"),
             "penalty_alpha: not supported yet: expected null, found 0.6");
  }
  void unsupportedFieldAtItsDefaultIsAccepted() {
    QCOMPARE(errorOf("num_beam_groups=1"), "");
    QCOMPARE(errorOf("output_scores=false"), "");
  }
  void unsupportedFieldCanBeReset() {
    GenerationConfig config;
    config.merge({{"dola_layers", "high"}}, "generation_config.json");
    config.set("dola_layers=null");
    config.validate();
  }
  void fieldsWithoutEffectOnAnswersAreAccepted() {
    GenerationConfig config;
    config.merge({{"transformers_version", "5.18.0"},
                  {"_from_model_config", true},
                  {"num_assistant_tokens", 5},
                  {"use_cache", false},
                  {"cache_implementation", "static"}},
                 "generation_config.json");
    config.validate();
    QVERIFY(errorOf("cache_implementation=quantized").contains("cache_implementation"));
  }
  void whispersOwnFieldsAreRefusedByWhatTheyBelongTo() {
    QCOMPARE(errorOf(R"(lang_to_id={"<|de|>":50261})"),
             "lang_to_id: Whisper's own way of generating is not supported yet: expected null, "
             "found {\"<|de|>\":50261}");
    QCOMPARE(errorOf("return_timestamps=false"), "");
    QCOMPARE(errorOf("alignment_heads=[[3,1]]"), "");
  }
  void severalSequencesNeedSamplingOrBeams() {
    QVERIFY(errorOf("num_return_sequences=2").startsWith("num_return_sequences: expected 1"));
    GenerationConfig config;
    config.merge({{"num_beams", 2}, {"num_return_sequences", 3}}, "x.json");
    QVERIFY_THROWS_EXCEPTION(Error, config.validate());
  }
  void forcedTokenMayNotBeSuppressed() {
    GenerationConfig config;
    config.merge({{"forced_eos_token_id", 2}, {"suppress_tokens", {1, 2}}}, "x.json");
    QVERIFY_THROWS_EXCEPTION(Error, config.validate());
  }
  void nullMeansTheDefault() {
    GenerationConfig config;
    config.set("top_k=3");
    config.set("top_k=null");
    QVERIFY(config == GenerationConfig{});
  }
  void plainTextIsAStringWhereStringsAreExpected() {
    GenerationConfig config;
    config.set("stop_strings=12");
    QCOMPARE(config.stopStrings, std::vector<std::string>{"12"});
    config.set("stop_strings=[\"a\", \"b\"]");
    QCOMPARE(config.stopStrings.size(), std::size_t{2});
  }
  void writtenConfigurationReadsBack() {
    GenerationConfig config;
    config.merge({{"do_sample", true},
                  {"eos_token_id", {1, 2}},
                  {"early_stopping", "never"},
                  {"sequence_bias", {{{1, 2}, -3.5}}},
                  {"exponential_decay_length_penalty", {4, 1.5}},
                  {"stop_strings", "x"},
                  {"bad_words_ids", {{3}}}},
                 "x.json");
    GenerationConfig copy;
    copy.merge(config.toJson(), "copy.json");
    QVERIFY(copy == config);
  }
  void modelFolderWithoutGenerationConfigFallsBackToConfig() {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    writeFileAtomically(
        path / "config.json",
        R"({"model_type": "x", "eos_token_id": 7, "text_config": {"bos_token_id": 3}})");
    const auto config = GenerationConfig::fromModelFolder(path);
    QCOMPARE(config.eosTokenId, std::vector<TokenId>{7});
    QCOMPARE(config.bosTokenId, 3);
    writeFileAtomically(
        path / "generation_config.json",
        R"({"_from_model_config": true, "pad_token_id": 1, "cache_implementation": "hybrid"})");
    const auto own = GenerationConfig::fromModelFolder(path);
    own.validate();
    QVERIFY(own.eosTokenId.empty());
    QCOMPARE(own.padTokenId, 1);
  }
  void fieldTableIsCompleteAsJson() {
    const Json rows = generationFieldsJson();
    QCOMPARE(rows.size(), generationFields().size());
    for (const Json& row : rows)
      QVERIFY2(row.at("description").get<std::string>().ends_with("."), row.dump().c_str());
  }
};

ORRERY_TEST(GenerationConfigTest)
#include "config_test.moc"
