#include <QFileInfo>

#include "core/base/json.h"
#include "core/protocol/client.h"
#include "core/protocol/generate.h"
#include "core/protocol/model.h"
#include "core/protocol/process.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;

/// The engine with models that look at pictures: tests/oracle/picture_text_pipelines.py made them.
class EnginePicturesTest : public QObject {
  Q_OBJECT

  std::string folder_;
  Json cases_;
  std::optional<ChildProcess> child_;
  std::optional<Client> client_;

  /// The reference's plain conversations with that model which end with a question.
  std::vector<Json> conversations(const std::string& model) {
    std::vector<Json> found;
    for (const Json& c : cases_)
      if (c.at("model") == model && c.at("task") == "image-text-to-text" &&
          c.at("options") == Json{{"max_new_tokens", 9}} && c.at("input").is_array() &&
          c.at("input").back().at("role") == "user")
        found.push_back(c);
    return found;
  }
  ModelInfo load(const std::string& model) {
    LoadModelParams params;
    params.path = folder_ + "/" + model;
    params.dtype = "float32";
    return client_->call(params);
  }
  static GenerateParams ask(const Json& messages, int tokens) {
    GenerateParams params;
    params.prompt.messages = messages;
    params.generation = {{"max_new_tokens", tokens}, {"do_sample", false}};
    return params;
  }
  static Json about(const std::string& picture) {
    return Json::array({{{"role", "user"},
                         {"content",
                          {{{"type", "image"}, {"path", picture}},
                           {{"type", "text"}, {"text", "What is this?"}}}}}});
  }
  QString errorOf(const GenerateParams& params) {
    try {
      client_->call(params);
    } catch (const Error& error) {
      return QString::fromUtf8(error.what());
    }
    return {};
  }

 private slots:
  void initTestCase() {
    folder_ = qgetenv("ORRERY_ORACLE_DIR").toStdString() + "/pipelines";
    if (!QFileInfo::exists(QString::fromStdString(folder_ + "/cases.json")))
      QSKIP("the reference's models are not made");
    cases_ = readJsonFile(folder_ + "/cases.json");
    ignoreBrokenPipes();
    child_.emplace(std::vector<std::string>{qgetenv("ORRERY_CLI").toStdString(), "engine"});
    client_.emplace(child_->out(), child_->in(), [](const Envelope&) {});
    client_->initialize("test");
  }
  void cleanupTestCase() {
    if (child_) child_->closeIn();
    client_.reset();
  }

  void answersAreTheReferences_data() {
    QTest::addColumn<QString>("model");
    for (const char* model : {"llava", "idefics3", "qwen2_vl"}) QTest::newRow(model) << model;
  }
  void answersAreTheReferences() {
    QFETCH(QString, model);
    QVERIFY(load(model.toStdString()).takesPictures);
    const auto conversations = this->conversations(model.toStdString());
    QCOMPARE(conversations.size(), std::size_t{2});  // about one picture, and about two
    for (const Json& c : conversations) {
      const GenerateResult result = client_->call(ask(c.at("input"), 9));
      const Json& expected = c.at("expected").at(0).at("generated_text").back().at("content");
      QCOMPARE(result.sequences.at(0).text, expected.get<std::string>());
    }
  }
  void explainedStepSeesThePicture() {
    load("llava");
    const Json messages = conversations("llava").front().at("input");
    const std::vector<int> answer = client_->call(ask(messages, 3)).sequences.at(0).ids;
    ExplainStepParams params;
    params.prompt.messages = messages;
    params.prompt.appendIds = {answer[0], answer[1]};
    const ExplainStepResult step = client_->call(params);
    QCOMPARE(step.candidates.at(0).id, answer[2]);
    QVERIFY(step.promptIds.size() > answer.size());
  }
  void anAnswerAboutAPictureCanBeStopped() {
    load("llava");
    GenerateParams params = ask(conversations("llava").front().at("input"), 400);
    params.generation["min_new_tokens"] = 400;
    const auto id = client_->send(params);
    client_->cancel(id);
    try {
      client_->wait<GenerateParams>(id);
      QFAIL("not cancelled");
    } catch (const Error& error) {
      QVERIFY2(error.kind() == ErrorKind::kCancelled, error.what());
    }
  }
  void aPictureThatIsGoneIsNamed() {
    load("llava");
    QVERIFY(errorOf(ask(about("/nowhere/cat.png"), 1)).contains("/nowhere/cat.png"));
  }
  void aModelOfTextsTakesNoPictures() {
    QVERIFY(!load("llama").takesPictures);
    QVERIFY(errorOf(ask(about(folder_ + "/pictures/tall.png"), 1)).contains("takes no pictures"));
  }
};

ORRERY_TEST(EnginePicturesTest)
#include "pictures_test.moc"
