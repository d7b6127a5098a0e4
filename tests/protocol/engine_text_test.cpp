#include <QTemporaryDir>

#include "core/base/file.h"
#include "core/protocol/client.h"
#include "core/protocol/generate.h"
#include "core/protocol/model.h"
#include "core/protocol/process.h"
#include "core/protocol/text.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;

namespace {

constexpr auto kTokenizer = R"({"version": "1.0", "added_tokens": [], "normalizer": null,
  "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
  "model": {"type": "WordLevel", "unk_token": "[UNK]",
            "vocab": {"[UNK]": 0, "hello": 1, "world": 2, "user": 3, ":": 4}}})";
constexpr auto kTemplate = "{% for m in messages %}{{ m.role }}: {{ m.content }}{% endfor %}";

/// An engine, and a folder that holds a tokenizer and a chat template but no weights.
class TextEngine {
 public:
  TextEngine()
      : child({qgetenv("ORRERY_CLI").toStdString(), "engine"}), client(child.out(), child.in()) {
    client.initialize("test");
    writeFileAtomically(path("tokenizer.json"), kTokenizer);
    writeFileAtomically(path("chat_template.jinja"), kTemplate);
  }
  ~TextEngine() { child.closeIn(); }

  std::string path(const char* file) const { return folder.filePath(file).toStdString(); }
  std::string model() const { return folder.path().toStdString(); }

  template <Message P>
  Error errorOf(const P& params) {
    try {
      client.call(params);
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorKind::kInternal, std::string("no error"));
  }

  QTemporaryDir folder;
  ChildProcess child;
  Client client;
};

}  // namespace

class EngineTextTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { ignoreBrokenPipes(); }

  void tokenizeNeedsOnlyTheTokenizer() {
    TextEngine engine;
    const auto result =
        engine.client.call(TokenizeParams{.model = engine.model(), .text = "hello world"});
    QCOMPARE(result.ids, (std::vector<int>{1, 2}));
    QCOMPARE(result.tokens, (std::vector<std::string>{"hello", "world"}));
    QVERIFY(result.offsets.at(1) == (std::array<std::int64_t, 2>{6, 11}));
  }
  void detokenizeGivesTheText() {
    TextEngine engine;
    const auto result =
        engine.client.call(DetokenizeParams{.model = engine.model(), .ids = {1, 2}});
    QCOMPARE(result.text, std::string("hello world"));
  }
  void templateGivesPromptAndItsTokens() {
    TextEngine engine;
    const auto result = engine.client.call(RenderTemplateParams{
        .model = engine.model(),
        .messages = Json::array({{{"role", "user"}, {"content", "hello world"}}})});
    QCOMPARE(result.text, std::string("user: hello world"));
    QCOMPARE(result.ids, (std::vector<int>{3, 4, 1, 2}));
  }
  void requestsThatNeedAModelSaySo() {
    TextEngine engine;
    GenerateParams params;
    params.prompt.text = "hello";
    const Error error = engine.errorOf(params);
    QVERIFY(error.kind() == ErrorKind::kNotFound);
    QVERIFY(QString(error.what()).contains("no model is loaded"));
  }
  void unknownDeviceIsNamed() {
    TextEngine engine;
    const Error error = engine.errorOf(LoadModelParams{.path = engine.model(), .device = "abacus"});
    QVERIFY(error.kind() == ErrorKind::kUnsupported);
    QCOMPARE(error.what(), "model/load: device: expected \"cpu\", found \"abacus\"");
  }
  void folderWithoutConfigIsNamed() {
    TextEngine engine;
    const Error error = engine.errorOf(LoadModelParams{.path = engine.model()});
    QVERIFY(QString(error.what()).contains("config.json"));
  }
  void decodingFieldsComeWithTheirRanges() {
    TextEngine engine;
    const auto result = engine.client.call(GenerationFieldsParams{});
    const auto field = std::ranges::find(result.list, "top_p", &GenerationField::name);
    QVERIFY(field != result.list.end());
    QCOMPARE(field->type, std::string("number"));
    QCOMPARE(field->maximum, std::optional(1.0));
    QVERIFY(!field->description.empty());
    QVERIFY(std::ranges::count(result.strategies, "greedy") == 1);
  }
};

ORRERY_TEST(EngineTextTest)
#include "engine_text_test.moc"
