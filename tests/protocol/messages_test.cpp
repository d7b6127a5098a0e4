#include "core/protocol/envelope.h"
#include "core/protocol/generate.h"
#include "core/protocol/library.h"
#include "core/protocol/lifecycle.h"
#include "core/protocol/model.h"
#include "core/protocol/pipeline.h"
#include "core/protocol/sound.h"
#include "core/protocol/text.h"
#include "core/protocol/train.h"
#include "core/protocol/vision.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;

namespace {

/// Gives every member of a message a value that differs from its default, whatever the member's
/// type.
class Filler {
 public:
  template <class T>
  void operator()(const char*, T& value) {
    fill(value);
  }
  template <class T>
  void optional(const char*, T& value) {
    fill(value);
  }

 private:
  template <class T>
  void fill(T& value) {
    ++count_;
    if constexpr (protocol::Message<T>) {
      T::fields(*this, value);
    } else if constexpr (std::is_same_v<T, bool>) {
      value = !value;
    } else if constexpr (std::is_floating_point_v<T>) {
      value = count_ + 0.1;
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(count_ + 1000);
    } else if constexpr (std::is_same_v<T, Json>) {
      value = {{"k", Json::array({count_, "é", nullptr})}};
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = fmt::format("text {} \xF0\x9F\x8C\x8D \" \\ \n \x01", count_);
    } else if constexpr (protocol::detail::IsOptional<T>::value) {
      fill(value.emplace());
    } else if constexpr (protocol::detail::IsVector<T>::value) {
      for (int i = 0; i < 2; ++i) fill(value.emplace_back());
    } else {
      for (auto& element : value) fill(element);
    }
  }

  int count_ = 0;
};

/// `message` full of values comes back equal from its JSON text, and so does the default one.
template <class T>
void checkRoundTrip() {
  T full;
  Filler filler;
  T::fields(filler, full);
  for (const T& message : {full, T{}}) {
    const Json json = parseJson(toJson(message).dump(), "test");
    QVERIFY2(readMessage<T>(json, "test") == message, json.dump().c_str());
  }
  Json extended = toJson(full);
  extended["a_later_version_says"] = Json::array({1, 2});
  QVERIFY(readMessage<T>(extended, "test") == full);
}

template <class... T>
void checkRoundTrips() {
  (checkRoundTrip<T>(), ...);
}

template <class T>
QString errorOf(const char* json) {
  try {
    readMessage<T>(parseJson(json, "test"), T::kMethod);
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

}  // namespace

class MessagesTest : public QObject {
  Q_OBJECT

 private slots:
  void lifecycleMessagesComeBackEqual() {
    checkRoundTrips<InitializeParams, InitializeResult, ShutdownParams, Done, CancelParams,
                    ProgressParams, StatsParams, StatsResult>();
  }
  void libraryMessagesComeBackEqual() {
    checkRoundTrips<ListModelsParams, ListModelsResult, InspectParams, InspectResult>();
  }
  void modelMessagesComeBackEqual() { checkRoundTrips<LoadModelParams, ModelInfo>(); }
  void textMessagesComeBackEqual() {
    checkRoundTrips<TokenizeParams, TokenizeResult, DetokenizeParams, DetokenizeResult,
                    RenderTemplateParams, RenderTemplateResult>();
  }
  void generateMessagesComeBackEqual() {
    checkRoundTrips<GenerateParams, TokenParams, GenerateResult, GenerationFieldsParams,
                    GenerationFieldsResult, ExplainStepParams, ExplainStepResult>();
  }
  void pipelineMessagesComeBackEqual() {
    checkRoundTrips<RunPipelineParams, RunPipelineResult, TasksParams, TasksResult, SegmentParams,
                    SegmentResult, SoundModelParams, SoundModelResult>();
  }
  void trainingMessagesComeBackEqual() {
    checkRoundTrips<TrainParams, TrainMetrics, TrainResult, SteerTrainingParams,
                    MeasureTrainingParams, MeasureTrainingResult, ListTrainingsParams,
                    ListTrainingsResult>();
  }
  void removedTokenKeepsItsInfinity() {
    Candidate removed;
    removed.logprob = -std::numeric_limits<double>::infinity();
    const Json json = parseJson(toJson(removed).dump(), "test");
    QVERIFY(readMessage<Candidate>(json, "test") == removed);
  }
  void wrongFieldIsNamedByItsPath() {
    QCOMPARE(errorOf<GenerateParams>(R"({"prompt": {"ids": [1, "two"]}})"),
             "generate.prompt.ids[1]: expected an integer, found \"two\"");
  }
  void missingFieldIsNamed() {
    QCOMPARE(errorOf<TokenizeParams>("{}"), "tokenize: field \"text\" is missing");
  }
  void paramsThatAreNoObjectAreRefused() {
    QVERIFY(errorOf<StatsParams>("[1]").contains("expected an object, found [1]"));
  }
};

class EnvelopeTest : public QObject {
  Q_OBJECT

  static Envelope reread(const std::string& bytes) {
    Framer framer;
    framer.append(bytes);
    return parseEnvelope(framer.next()->content);
  }

 private slots:
  void requestKeepsIdMethodAndParams() {
    TokenizeParams params;
    params.text = "hello";
    const Envelope envelope = reread(requestFrame("a7", params));
    QVERIFY(envelope.isRequest());
    QVERIFY(envelope.id == Json("a7"));
    QVERIFY(envelope.paramsAs<TokenizeParams>() == params);
  }
  void errorKeepsKindAndMessage() {
    const Envelope envelope =
        reread(errorFrame(3, Error(ErrorKind::kOutOfMemory, "needs 5 GB").in("model/load")));
    QVERIFY(envelope.isAnswer() && envelope.error);
    QVERIFY(envelope.error->kind() == ErrorKind::kOutOfMemory);
    QCOMPARE(envelope.error->what(), "model/load: needs 5 GB");
  }
  void emptyResultIsAnAnswer() {
    const Envelope envelope = reread(resultFrame(4, Json::object()));
    QVERIFY(envelope.isAnswer() && !envelope.error);
  }
  void foreignMessageIsRefused_data() {
    QTest::addColumn<QByteArray>("content");
    for (const char* content :
         {"", "[]", "{}", "nonsense", R"({"jsonrpc":"1.0","method":"x"})", R"({"jsonrpc":"2.0"})",
          R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":[1],"method":"x"})",
          R"({"jsonrpc":"2.0","id":1.5,"method":"x"})",
          R"({"jsonrpc":"2.0","id":1,"error":{"message":5}})",
          R"({"jsonrpc":"2.0","id":1,"method":7})"})
      QTest::newRow(content) << QByteArray(content);
  }
  void foreignMessageIsRefused() {
    QFETCH(QByteArray, content);
    try {
      parseEnvelope(content.toStdString());
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::kProtocol);
    }
  }
  void invalidUtf8InAnErrorStillMakesJson() {
    const Envelope envelope = reread(errorFrame(1, Error(ErrorKind::kIo, std::string("\xFF"))));
    QCOMPARE(envelope.error->what(), "\xEF\xBF\xBD");
  }
};

ORRERY_TEST(MessagesTest)
ORRERY_TEST(EnvelopeTest)
#include "messages_test.moc"
