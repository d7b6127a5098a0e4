// Processors and strategies against transformers (tests/oracle/make_generation.py).

#include <cmath>
#include <limits>

#include "core/generation/generate.h"
#include "core/generation/generation_fields.h"
#include "tests/generation/table_model.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::generation;
using orrery::test::TableFactory;

namespace {

GenerationConfig configFrom(const Json& fields) {
  GenerationConfig config;
  config.merge(fields, "case.json");
  return config;
}

/// The first difference of two rows of scores above 1e-5 of the value; empty if there is none.
QString difference(std::span<const float> got, std::span<const float> expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double tolerance = 1e-5 * std::max(1.0, std::abs(static_cast<double>(expected[i])));
    const bool same = got[i] == expected[i] || std::abs(got[i] - expected[i]) <= tolerance;
    if (!same) return QString("token %1: %2, expected %3").arg(i).arg(got[i]).arg(expected[i]);
  }
  return {};
}

QString text(const Json& document) {
  return QString::fromStdString(document.dump());
}

/// What a row of the reference is filled up with: pad_token_id, or -1 where beams know no end
/// token.
TokenId filler(const Json& row) {
  return row.back() == -1 ? -1 : 47;
}

/// What generate() gives for a case of strategies.json, in the reference's form: padded to one
/// length.
GenerationResult generateCase(const test::Table& table, const Json& item) {
  const bool encoder = item.at("encoder");
  TableFactory factory(table, encoder);
  GenerationInput input;
  item.at("prompt").get_to(encoder ? input.encoderIds : input.promptIds);
  item.at("negative").get_to(input.negativePromptIds);
  GenerationOptions options;
  options.tokenBytes = [&](TokenId id) { return table.tokens.at(static_cast<std::size_t>(id)); };
  return generate(factory, input, configFrom(item.at("config")), options);
}

}  // namespace

class GenerationReferenceTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
#ifdef ORRERY_WITHOUT_ORACLE
    QSKIP("configured without ORRERY_ORACLE_PYTHON");
#endif
  }

  void processedScoresEqualTheReference() {
    const Json cases = test::oracleDocument("processors");
    QVERIFY(cases.size() > 200);
    for (const Json& item : cases) {
      std::vector<float> scores = test::scoresFrom(item.at("scores"));
      if (item.contains("nan_inf")) {
        constexpr float kInfinity = std::numeric_limits<float>::infinity();
        scores[0] = std::numeric_limits<float>::quiet_NaN();
        scores[1] = kInfinity;
        scores[2] = -kInfinity;
      }
      const auto ids = item.at("ids").get<std::vector<TokenId>>();
      const int prompt = item.at("prompt");
      const std::vector<TokenId> promptIds(ids.begin(), ids.begin() + prompt);
      const auto processors = makeLogitsProcessors(
          configFrom(item.at("config")), {static_cast<int>(scores.size()), prompt, 10, promptIds});
      processLogits(processors, ids, scores);
      const QString found = difference(scores, test::scoresFrom(item.at("expected")));
      const QString where =
          text(item.at("config")) + " after " + text(item.at("ids")) + ": " + found;
      QVERIFY2(found.isEmpty(), qPrintable(where));
    }
  }

  void strategiesGiveTheReferencesIds() {
    const test::Table table = test::Table::fromJson(test::oracleDocument("model"));
    for (const Json& item : test::oracleDocument("strategies")) {
      const GenerationResult result = generateCase(table, item);
      const Json& expected = item.at("sequences");
      QCOMPARE(result.sequences.size(), expected.size());
      Json padded = Json::array();
      for (std::size_t i = 0; i < expected.size(); ++i) {
        std::vector<TokenId> ids = result.sequences[i].ids;
        QCOMPARE(result.sequences[i].tokens.size(), ids.size());
        if (ids.size() < expected[i].size()) ids.resize(expected[i].size(), filler(expected[i]));
        padded.push_back(ids);
      }
      QCOMPARE(text(item.at("config")) + text(padded), text(item.at("config")) + text(expected));
    }
  }

  void beamScoresEqualTheReferences() {
    const test::Table table = test::Table::fromJson(test::oracleDocument("model"));
    int compared = 0;
    for (const Json& item : test::oracleDocument("strategies")) {
      if (item.at("scores").is_null()) continue;
      const GenerationResult result = generateCase(table, item);
      std::vector<float> scores;
      for (const GeneratedSequence& sequence : result.sequences)
        scores.push_back(static_cast<float>(sequence.score));
      const QString found = difference(scores, test::scoresFrom(item.at("scores")));
      QVERIFY2(found.isEmpty(), qPrintable(text(item.at("config")) + found));
      ++compared;
    }
    QVERIFY(compared > 30);
  }

  void everyFieldOfTheReferenceIsKnown() {
    for (const Json& name : test::oracleDocument("fields")) {
      const auto field = name.get<std::string>();
      // In one table, not in both.
      QVERIFY2((findField(field) != nullptr) != (findOtherField(field) != nullptr), field.c_str());
    }
  }

  void defaultsEqualTheReferences() {
    const Json defaults = test::oracleDocument("defaults");
    for (const auto& [name, value] : defaults.items()) {
      if (name == "max_length")
        continue;  // unset here: 20 new tokens, as the reference does by default
      GenerationConfig config;
      config.merge({{name, value}}, "defaults.json");
      QVERIFY2(config == GenerationConfig{}, name.c_str());
    }
  }
};

ORRERY_TEST(GenerationReferenceTest)
#include "reference_test.moc"
