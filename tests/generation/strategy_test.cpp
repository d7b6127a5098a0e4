#include <cmath>
#include <map>

#include "core/generation/explain.h"
#include "core/generation/generate.h"
#include "core/generation/random.h"
#include "tests/generation/table_model.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::generation;
using orrery::test::Table;
using orrery::test::TableFactory;

namespace {

GenerationConfig configOf(const Json& fields) {
  GenerationConfig config;
  config.merge(fields, "test.json");
  return config;
}

std::vector<std::vector<TokenId>> idsOf(const GenerationResult& result) {
  std::vector<std::vector<TokenId>> ids;
  for (const GeneratedSequence& sequence : result.sequences) ids.push_back(sequence.ids);
  return ids;
}

const Json kSampling = {{"do_sample", true}, {"max_new_tokens", 16}, {"num_return_sequences", 3}};

}  // namespace

class GenerationStrategyTest : public QObject {
  Q_OBJECT

  const Table table_ = Table::makeSmall(20);

  GenerationResult run(const Json& fields, const GenerationOptions& options = {}) {
    TableFactory factory(table_);
    return generate(factory, {.promptIds = {3, 1}}, configOf(fields), options);
  }
  QString errorOf(const Json& fields, GenerationInput input, int contextLength = 0) {
    TableFactory factory(table_);
    factory.contextLength = contextLength;
    try {
      generate(factory, input, configOf(fields));
      return {};
    } catch (const Error& error) {
      return QString::fromUtf8(error.what());
    }
  }

 private slots:
  void philoxGivesItsPublishedNumbers() {
    const std::array<std::uint32_t, 4> zero = philox({0, 0, 0, 0}, {0, 0});
    QVERIFY((zero == std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    constexpr std::uint32_t kAll = 0xffffffff;
    const std::array<std::uint32_t, 4> ones = philox({kAll, kAll, kAll, kAll}, {kAll, kAll});
    QVERIFY((ones == std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  }
  void sameSeedGivesSameIds() {
    QCOMPARE(idsOf(run(kSampling, {.seed = 5})), idsOf(run(kSampling, {.seed = 5})));
    QVERIFY(idsOf(run(kSampling, {.seed = 5})) != idsOf(run(kSampling, {.seed = 6})));
  }
  void firstSampleDoesNotDependOnTheNumberOfSamples() {
    Json one = kSampling;
    one["num_return_sequences"] = 1;
    QCOMPARE(idsOf(run(one, {.seed = 5}))[0], idsOf(run(kSampling, {.seed = 5}))[0]);
  }
  void drawsFollowTheProcessedDistribution() {
    const Json fields = {{"do_sample", true},
                         {"max_new_tokens", 1},
                         {"top_k", 5},
                         {"temperature", 1.3},
                         {"num_return_sequences", 20000}};
    const GenerationResult result = run(fields, {.seed = 1, .top = 20});
    std::map<TokenId, double> shares;
    for (const GeneratedSequence& sequence : result.sequences)
      shares[sequence.ids[0]] += 1.0 / 20000;
    const auto& top = result.sequences[0].tokens[0].processed.top;
    QCOMPARE(top.size(), std::size_t{5});
    for (const Alternative& entry : top)
      QVERIFY(std::abs(shares[entry.id] - std::exp(entry.logprob)) < 0.015);
  }
  void beamSampleDrawsByTheSeed() {
    const Json fields = {{"do_sample", true},
                         {"num_beams", 3},
                         {"max_new_tokens", 8},
                         {"num_return_sequences", 3},
                         {"eos_token_id", 2}};
    const auto ids = idsOf(run(fields, {.seed = 5}));
    QCOMPARE(ids.size(), std::size_t{3});
    QCOMPARE(ids, idsOf(run(fields, {.seed = 5})));
    QVERIFY(ids != idsOf(run(fields, {.seed = 6})));
  }
  void cancelTakesEffectWithinOneStep() {
    for (const Json& strategy : {Json{{"num_beams", 1}}, Json{{"num_beams", 3}}}) {
      TableFactory factory(table_);
      GenerationOptions options;
      options.onToken = [&](const TokenEvent& event) {
        if (event.step == 4) options.cancel.cancel();
      };
      Json fields = strategy;
      fields["max_new_tokens"] = 1000;
      try {
        generate(factory, {.promptIds = {3}}, configOf(fields), options);
        QFAIL("not cancelled");
      } catch (const Error& error) {
        QVERIFY(error.kind() == ErrorKind::kCancelled);
      }
      QCOMPARE(factory.steps.load(), 4);
    }
  }
  void maxTimeEndsWithThatReason() {
    const GenerationResult result = run({{"max_time", 0}, {"max_new_tokens", 50}});
    QCOMPARE(result.sequences[0].ids.size(), std::size_t{1});
    QVERIFY(result.sequences[0].finishReason == FinishReason::kTime);
  }
  void endTokenAndStopStringAreTold() {
    const auto greedy = run({{"max_new_tokens", 5}}).sequences[0].ids;
    const Json byEnd = {{"eos_token_id", greedy[0]}};
    QVERIFY(run(byEnd).sequences[0].finishReason == FinishReason::kStop);
    GenerationOptions options;
    options.tokenBytes = [&](TokenId id) { return table_.tokens[static_cast<std::size_t>(id)]; };
    const Json byText = {{"stop_strings", table_.tokens[static_cast<std::size_t>(greedy[1])]}};
    QVERIFY(run(byText, options).sequences[0].finishReason == FinishReason::kStopString);
  }
  void eventsCarryTheTokensOfTheResult() {
    std::vector<TokenId> seen;
    GenerationOptions options{.top = 3};
    options.onToken = [&](const TokenEvent& event) {
      QCOMPARE(event.step, static_cast<int>(seen.size()));
      QCOMPARE(event.token.model.top.size(), std::size_t{3});
      QCOMPARE(event.token.model.top[0].id, event.token.id);
      QVERIFY(event.token.model.entropy > 0 && event.token.model.logprob < 0);
      seen.push_back(event.token.id);
    };
    const auto result = run({{"max_new_tokens", 6}}, options);
    QCOMPARE(seen, result.sequences[0].ids);
  }
  void defaultLengthIsTwentyTokensWithinTheContext() {
    QCOMPARE(run(Json::object()).sequences[0].ids.size(), std::size_t{20});
    TableFactory factory(table_);
    factory.contextLength = 10;
    const auto ids = generate(factory, {.promptIds = {3, 1}}, {}).sequences[0].ids;
    QCOMPARE(ids.size(), std::size_t{8});
  }
  void promptLongerThanTheContextIsRefused() {
    QCOMPARE(errorOf(Json::object(), {.promptIds = {1, 2, 3, 4}}, 3),
             "prompt: expected at most 3 tokens, found 4");
  }
  void invalidPromptsAreRefused() {
    QCOMPARE(errorOf(Json::object(), {}), "expected a prompt or bos_token_id, found neither");
    QCOMPARE(errorOf(Json::object(), {.promptIds = {20}}),
             "prompt: expected ids of at least 0 and below 20, found 20");
    QVERIFY(errorOf({{"max_length", 2}}, {.promptIds = {1, 2}}).startsWith("max_length: "));
  }
  void biasOutsideOfTheVocabularyIsRefused() {
    QVERIFY(errorOf({{"bad_words_ids", {{20}}}}, {.promptIds = {1}}).startsWith("bad_words_ids: "));
  }
  void strategyByNameOverridesTheConfiguration() {
    GenerationOptions options{.strategy = "greedy", .seed = 3};
    const Json sampled = {{"do_sample", true}, {"max_new_tokens", 12}};
    QCOMPARE(idsOf(run(sampled, options)), idsOf(run({{"max_new_tokens", 12}})));
    options.strategy = "best";
    QVERIFY_THROWS_EXCEPTION(Error, run(sampled, options));
  }
  void explainedStagesEndInTheDistributionThatIsDrawnFrom() {
    const GenerationConfig config =
        configOf({{"do_sample", true}, {"temperature", 0.7}, {"top_k", 6}});
    TableFactory factory(table_);
    const auto session = factory.newSession({});
    const std::vector<TokenId> ids = {3, 1};
    session->prefill(0, ids, {});
    const auto stages = explainStep(config, {20, 2, 22, ids}, ids, session->logits(0));
    QCOMPARE(stages.size(), std::size_t{3});
    QCOMPARE(stages[1].name, "temperature");
    QCOMPARE(stages[2].remaining, 6);
    const auto drawn = run({{"do_sample", true}, {"temperature", 0.7}, {"top_k", 6}}, {.top = 6});
    for (const Alternative& entry : drawn.sequences[0].tokens[0].processed.top)
      QVERIFY(std::abs(stages[2].logprobs[static_cast<std::size_t>(entry.id)] - entry.logprob) <
              1e-5);
  }
  void documentHasTheContractsFields() {
    const Json document =
        run({{"max_new_tokens", 2}}, {.top = 1}).toJson([](std::span<const TokenId> ids) {
          return std::string(ids.size(), '\xff');  // not UTF-8: must not break the document
        });
    QCOMPARE(document.at("prompt_ids").size(), std::size_t{2});
    const Json& sequence = document.at("sequences").at(0);
    QVERIFY(sequence.contains("text") && sequence.contains("score"));
    QCOMPARE(sequence.at("finish_reason").get<std::string>(), "length");
    QCOMPARE(sequence.at("tokens").at(0).at("top").size(), std::size_t{1});
    QCOMPARE(sequence.at("tokens").at(0).at("processed_top").size(), std::size_t{1});
    QCOMPARE(document.at("timings").at("decode_tokens").get<int>(), 1);
    QVERIFY(!document.dump().empty());
  }
};

ORRERY_TEST(GenerationStrategyTest)
#include "strategy_test.moc"
