#include <cmath>
#include <condition_variable>
#include <numeric>
#include <set>

#include "core/protocol/client.h"
#include "core/protocol/generate.h"
#include "core/protocol/model.h"
#include "core/protocol/process.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;

/// The engine with the starter model.
class EngineModelTest : public QObject {
  Q_OBJECT

  GenerateParams prompt(const char* text, int tokens) {
    GenerateParams params;
    params.prompt.text = text;
    params.generation = {{"max_new_tokens", tokens}};
    return params;
  }
  /// The tokens of a request so far.
  std::vector<TokenParams> tokensOf(std::int64_t id) {
    std::lock_guard lock(mutex_);
    std::vector<TokenParams> result;
    for (const TokenParams& token : tokens_)
      if (token.request == id) result.push_back(token);
    return result;
  }
  void waitForToken(std::int64_t id) {
    while (tokensOf(id).empty()) {
      std::unique_lock lock(mutex_);
      arrived_.wait_for(lock, std::chrono::milliseconds(20));
    }
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<TokenParams> tokens_;
  std::optional<ChildProcess> child_;
  std::optional<Client> client_;

 private slots:
  void initTestCase() {
    const QByteArray model = qgetenv("ORRERY_STARTER_MODEL");
    if (model.isEmpty()) QSKIP("ORRERY_STARTER_MODEL is not set");
    ignoreBrokenPipes();
    child_.emplace(std::vector<std::string>{qgetenv("ORRERY_CLI").toStdString(), "engine"});
    client_.emplace(child_->out(), child_->in(), [this](const Envelope& message) {
      if (message.method != TokenParams::kMethod) return;
      std::lock_guard lock(mutex_);
      tokens_.push_back(message.paramsAs<TokenParams>());
      arrived_.notify_all();
    });
    client_->initialize("test");
    const ModelInfo info = client_->call(LoadModelParams{.path = model.toStdString()});
    QVERIFY(info.hasChatTemplate);
    QVERIFY(info.contextLength > 0 && info.vocabSize > 0 && info.layers > 0);
  }
  void cleanupTestCase() {
    if (child_) child_->closeIn();
    client_.reset();
  }

  void streamedTextIsTheResult() {
    const auto id = client_->send(prompt("The capital of France is", 8));
    const GenerateResult result = client_->wait<GenerateParams>(id);
    std::string streamed;
    std::vector<int> ids;
    for (const TokenParams& token : tokensOf(id)) {
      streamed += token.token.text;
      ids.push_back(token.token.id);
    }
    QCOMPARE(ids, result.sequences.at(0).ids);
    QCOMPARE(streamed, result.sequences.at(0).text);
    QVERIFY(streamed.find("Paris") != streamed.npos);
  }
  void continuesFromAChosenToken() {
    const GenerateResult first = client_->call(prompt("The capital of France is", 6));
    GenerateParams params = prompt("The capital of France is", 3);
    const std::vector<int>& ids = first.sequences.at(0).ids;
    params.prompt.appendIds = {ids.begin(), ids.begin() + 3};
    const GenerateResult second = client_->call(params);
    QCOMPARE(second.sequences.at(0).ids, std::vector<int>(ids.begin() + 3, ids.end()));
  }
  void twoRequestsShareTheModelSideBySide() {
    const auto slow = client_->send(prompt("Once upon a time", 400));
    waitForToken(slow);
    const auto quick = client_->send(prompt("In the year", 8));
    client_->wait<GenerateParams>(quick);
    QVERIFY(tokensOf(slow).size() < 400);
    client_->cancel(slow);
    try {
      client_->wait<GenerateParams>(slow);
      QFAIL("not cancelled");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::kCancelled);
    }
  }
  void explainedStepTellsWhoRemovedAToken() {
    ExplainStepParams params;
    params.prompt.text = "The capital of France is";
    params.generation = {{"do_sample", true}, {"top_k", 1}};
    params.top = 3;
    const ExplainStepResult step = client_->call(params);
    QCOMPARE(step.kept, 1);
    QCOMPARE(step.candidates.at(0).text, std::string(" Paris"));
    QCOMPARE(step.candidates.at(0).logprob, 0.0);
    QCOMPARE(step.candidates.at(1).removedBy, std::string("top_k"));
  }
  void tokensTellBothDistributions() {
    GenerateParams params = prompt("Once upon a time", 1);
    params.generation.update({{"do_sample", true}, {"temperature", 0.5}, {"top_k", 3}});
    params.top = 10;
    const auto id = client_->send(params);
    const GenerateResult result = client_->wait<GenerateParams>(id);
    const GeneratedToken& token = result.sequences.at(0).tokens.at(0);
    QVERIFY(tokensOf(id).at(0).token == token);
    QCOMPARE(token.top.size(), std::size_t{10});
    QCOMPARE(token.processedTop.size(), std::size_t{3});
    double sum = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      QCOMPARE(token.processedTop[i].id, token.top[i].id);
      const auto behindFirst = [i](const auto& top) { return top[0].logprob - top[i].logprob; };
      QVERIFY(std::abs(behindFirst(token.processedTop) - 2 * behindFirst(token.top)) < 1e-4);
      sum += std::exp(token.processedTop[i].logprob);
    }
    QVERIFY(std::abs(sum - 1) < 1e-5);
  }
  void loadingCanBeCancelled() {
    const LoadModelParams model{.path = qgetenv("ORRERY_STARTER_MODEL").toStdString()};
    const auto id = client_->send(model);
    client_->cancel(id);
    try {
      client_->wait<LoadModelParams>(id);
      QFAIL("not cancelled");
    } catch (const Error& error) {
      QVERIFY2(error.kind() == ErrorKind::kCancelled, error.what());
    }
    client_->call(model);  // for the tests that follow
  }
  void invalidSettingIsNamed() {
    GenerateParams params = prompt("x", 1);
    params.generation = {{"top_p", 7}};
    try {
      client_->call(params);
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains("top_p"), error.what());
    }
  }
};

ORRERY_TEST(EngineModelTest)
#include "model_test.moc"
