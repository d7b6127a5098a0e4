#include <cmath>
#include <map>

#include <QTemporaryDir>

#include "core/base/file.h"
#include "core/base/rle.h"
#include "core/pipelines/pipeline.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

constexpr double kTolerance = 1e-5;
constexpr double kSoundTolerance = 1e-4;  ///< of samples, which many layers add up

std::filesystem::path oracleFolder() {
  return std::filesystem::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) /
         "pipelines";
}

bool isMask(const OrderedJson& json) {
  return json.is_object() && json.size() == 2 && json.contains("size") && json.contains("counts");
}

/// A mask whose runs are text, or numbers.
RleMask maskOf(const OrderedJson& json) {
  const auto size = json.at("size").get<std::array<int, 2>>();
  if (json.at("counts").is_string()) return {size, json.at("counts").get<std::string>()};
  return rleFromRuns(json.at("counts").get<std::vector<std::uint32_t>>(), size[0], size[1]);
}

/// Whether two masks differ by no more than what rounding does at their edges.
bool sameMasks(const OrderedJson& got, const OrderedJson& expected) {
  constexpr double kLeastOverlap = 0.99;
  if (!isMask(got) || got.at("counts").type() != expected.at("counts").type()) return false;
  const RleMask a = maskOf(got), b = maskOf(expected);
  return a == b || (a.size == b.size && rleOverlap(a, b) > kLeastOverlap);
}

/// Where two results differ: a path with both values; empty if they are equal. Numbers that are no
/// integers may differ a little, and masks at their edges.
std::string difference(const OrderedJson& got, const OrderedJson& expected,
                       const std::string& path) {
  const auto values = [&] { return path + ": " + got.dump() + " for " + expected.dump(); };
  if (expected.is_number_float() && got.is_number()) {
    const double wanted = expected.get<double>();
    const double error = std::abs(got.get<double>() - wanted) / std::max(1.0, std::abs(wanted));
    const bool sound = path.starts_with("/audio/");
    return error <= (sound ? kSoundTolerance : kTolerance) ? "" : values();
  }
  if (isMask(expected)) return sameMasks(got, expected) ? "" : values();
  if (!expected.is_structured()) return got == expected ? "" : values();
  if (got.type() != expected.type() || got.size() != expected.size()) return values();
  for (const auto& [key, value] : expected.items()) {
    if (got.is_object() && !got.contains(key)) return path + ": lacks " + key;
    const OrderedJson& found = got.is_object() ? got.at(key) : got.at(std::stoul(key));
    if (auto other = difference(found, value, path + "/" + key); !other.empty()) return other;
  }
  return "";
}

}  // namespace

class PipelineReferenceTest : public QObject {
  Q_OBJECT

  std::vector<OrderedJson> cases_;
  std::map<std::string, std::unique_ptr<pipelines::Pipeline>> loaded_;

  const pipelines::Pipeline& load(const std::string& task, const std::string& model) {
    auto& pipeline = loaded_[task + " " + model];
    if (!pipeline) pipeline = orrery::pipeline(task, oracleFolder() / model, "float32");
    return *pipeline;
  }
  /// The Error that loading or running ends in; empty without one.
  std::string errorOf(const std::string& task, const std::string& model,
                      const pipelines::Input& input = "Ada",
                      const pipelines::Options& options = {}) {
    try {
      load(task, model).run(input, options);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

 private slots:
  void equalsTheReference_data() {
    const auto path = oracleFolder() / "cases.json";
    cases_ = OrderedJson(readJsonFile(path)).get<std::vector<OrderedJson>>();
    QTest::addColumn<int>("number");
    for (std::size_t i = 0; i < cases_.size(); ++i)
      QTest::newRow(cases_[i].at("name").get<std::string>().c_str()) << static_cast<int>(i);
  }
  void equalsTheReference() {
    QFETCH(int, number);
    const OrderedJson& one = cases_.at(static_cast<std::size_t>(number));
    const auto result = load(one.at("task"), one.at("model"))
                            .run(pipelines::Input::fromJson(one.at("input")), one.at("options"));
    const std::string found = difference(toJson(result), one.at("expected"), "");
    QVERIFY2(found.empty(), (found + " with " + one.at("options").dump()).c_str());
  }

  void unknownTaskListsTheTasks() {
    const std::string error = errorOf("text-to-music", "bert-sst");
    QVERIFY2(error.find("\"text-to-music\"") != error.npos && error.find("fill-mask") != error.npos,
             error.c_str());
  }
  void wrongHeadNamesTheTasksThatTheModelServes() {
    const std::string error = errorOf("fill-mask", "bert-sst");
    QVERIFY2(error.find("BertForSequenceClassification") != error.npos &&
                 error.ends_with("serves text-classification, feature-extraction"),
             error.c_str());
  }
  void wrongHeadForMasksNamesTheTasksThatTheModelServes() {
    const std::string segments = errorOf("image-segmentation", "vit-labels");
    QVERIFY2(segments.find("ViTForImageClassification") != segments.npos &&
                 segments.find("serves image-classification") != segments.npos,
             segments.c_str());
    const std::string masks = errorOf("mask-generation", "detr-things");
    QVERIFY2(masks.find("serves image-segmentation") != masks.npos, masks.c_str());
  }
  void otherSubtaskThanTheModelDoesIsRefused() {
    QCOMPARE(errorOf("image-segmentation", "segformer-areas",
                     pipelines::Picture{oracleFolder() / "pictures" / "tall.png"},
                     {{"subtask", "panoptic"}}),
             std::string("options.subtask: this model does \"semantic\" only, found \"panoptic\""));
  }
  void brokenPictureIsNamed() {
    QTemporaryDir folder;
    const auto file = std::filesystem::path(folder.filePath("cut.png").toStdString());
    writeFileAtomically(file, readTextFile(oracleFolder() / "pictures" / "tall.png").substr(0, 99));
    for (const auto& [task, model] : std::map<std::string, std::string>{
             {"image-segmentation", "segformer-areas"}, {"mask-generation", "sam"}}) {
      const std::string error = errorOf(task, model, pipelines::Picture{file});
      QVERIFY2(error.find("cut.png") != error.npos, error.c_str());
    }
  }
  void unknownOptionListsTheOptions() {
    const std::string error = errorOf("text-classification", "bert-sst", "Ada", {{"topk", 1}});
    QVERIFY2(error.starts_with("options.topk: ") && error.find("top_k") != error.npos,
             error.c_str());
  }
  void unknownOptionOfAGeneratingTaskListsItsFields() {
    const std::string error = errorOf("text-generation", "llama", "Ada", {{"beams", 1}});
    QVERIFY2(error.starts_with("options.beams: ") && error.find("num_beams") != error.npos,
             error.c_str());
  }
  void wrongTypeIsNamed_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("task");
    QTest::addColumn<QString>("options");
    QTest::addColumn<QString>("error");
    QTest::newRow("integer") << "bert-sst"
                             << "text-classification"
                             << R"({"top_k": "many"})"
                             << "options.top_k: expected an integer, found \"many\"";
    QTest::newRow("range") << "bert-sst"
                           << "text-classification"
                           << R"({"top_k": 0})"
                           << "options.top_k: expected an integer of at least 1, found 0";
    QTest::newRow("word") << "bert-ner"
                          << "token-classification"
                          << R"({"aggregation_strategy": "median"})"
                          << "options.aggregation_strategy: expected one of none, simple, first, "
                             "average, max, found \"median\"";
    QTest::newRow("nested") << "bert-mask"
                            << "feature-extraction"
                            << R"({"tokenize_kwargs": {"padding": true}})"
                            << "options.tokenize_kwargs.padding: no such option, expected one of "
                               "truncation, max_length, add_special_tokens";
    QTest::newRow("stride")
        << "bert-ner"
        << "token-classification"
        << R"({"stride": 22})"
        << "options.stride: expected less than the 22 tokens of a piece, found 22";
    QTest::newRow("generation") << "llama"
                                << "text-generation"
                                << R"({"top_p": 7})"
                                << "options.top_p: expected a number in [0, 1], found 7";
  }
  void wrongTypeIsNamed() {
    QFETCH(QString, model);
    QFETCH(QString, task);
    QFETCH(QString, options);
    QFETCH(QString, error);
    const auto given = OrderedJson::parse(options.toStdString());
    QCOMPARE(QString::fromStdString(errorOf(task.toStdString(), model.toStdString(), "Ada", given)),
             error);
  }
  void textWithoutMaskIsRefused() {
    QCOMPARE(errorOf("fill-mask", "bert-mask"),
             std::string("input: expected a mask token ([MASK]), found none"));
  }
  void textOfTooManyTokensIsRefused() {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "Ada ";
    const std::string error = errorOf("text-classification", "bert-sst", text);
    QVERIFY2(error.starts_with("input: expected at most 64 tokens"), error.c_str());
  }
  void inputOfAnotherKindIsNamed() {
    QCOMPARE(errorOf("text-classification", "bert-sst", pipelines::Question{"Who?", "Ada."}),
             std::string("input: expected a text, found a question with its context"));
  }
  void cancelledBeforeItRunsEndsAsCancelled() {
    JobContext context;
    context.cancel.cancel();
    try {
      load("text-generation", "llama").run("Ada", {{"max_new_tokens", 500}}, context);
      QFAIL("not cancelled");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::kCancelled);
    }
  }
  void sameSeedGivesTheSameSamples() {
    const auto& pipeline = load("text-generation", "llama");
    const auto sample = [&](int seed) {
      return toJson(pipeline.run("Ada", {{"seed", seed}, {"max_new_tokens", 20}})).dump();
    };
    QCOMPARE(sample(3), sample(3));
    QVERIFY(sample(3) != sample(4));
  }
};

ORRERY_TEST(PipelineReferenceTest)
#include "reference_test.moc"
