#include <QProcess>
#include <QTemporaryDir>

#include "core/base/file.h"
#include "core/media/decode.h"
#include "core/protocol/client.h"
#include "core/protocol/pipeline.h"
#include "core/protocol/process.h"
#include "core/protocol/vision.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

namespace fs = std::filesystem;

fs::path oracleFolder() {
  return fs::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) / "pipelines";
}

/// An engine that ends with the object.
class Engine {
 public:
  Engine() : child_({qgetenv("ORRERY_CLI").toStdString(), "engine"}) {
    protocol::ignoreBrokenPipes();
    client_.emplace(child_.out(), child_.in());
    client_->initialize("test");
  }
  ~Engine() {
    child_.closeIn();
    client_.reset();
  }
  protocol::Client* operator->() { return &*client_; }

  protocol::RunPipelineResult run(const std::string& task, const char* model,
                                  const Json& options = Json::object()) {
    return client_->call(protocol::RunPipelineParams{
        .task = task,
        .path = (oracleFolder() / model).string(),
        .input = {{"image", (oracleFolder() / "pictures" / "tall.png").string()}},
        .options = options});
  }
  /// The Error that a request is answered with; empty without one.
  template <class Params>
  std::string errorOf(const Params& params) {
    try {
      client_->call(params);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

 private:
  protocol::ChildProcess child_;
  std::optional<protocol::Client> client_;
};

protocol::SegmentParams paramsOf(const Json& one) {
  protocol::SegmentParams params;
  params.path = oracleFolder() / "sam";
  params.image = one.at("image");
  params.points = one.value("points", params.points);
  params.labels = one.value("labels", params.labels);
  if (one.contains("box")) params.box = one["box"].get<std::array<double, 4>>();
  params.multimask = one.at("multimask");
  return params;
}

RleMask maskOf(const Json& json) {
  return {json.at("size").get<std::array<int, 2>>(), json.at("counts")};
}

struct Outcome {
  int code;
  QString out, error;
};

Outcome run(const QStringList& arguments) {
  QProcess process;
  process.start(qEnvironmentVariable("ORRERY_CLI"), QStringList{"run"} + arguments);
  process.waitForFinished(60'000);
  return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
          QString::fromUtf8(process.readAllStandardError())};
}

QStringList segmenting(const QStringList& more) {
  const auto path = [](const char* name) {
    return QString::fromStdString((oracleFolder() / name).string());
  };
  return QStringList{"image-segmentation", "--model", path("segformer-areas"), "--input",
                     path("pictures/tall.png")} +
         more;
}

}  // namespace

/// What the engine sends of pictures, in the form that the window reads, and the command `run`.
class PicturesTest : public QObject {
  Q_OBJECT

 private slots:
  void segmentsComeWithTheirRawValues() {
    Engine engine;
    const auto answer = engine.run("image-segmentation", "mask2former-things",
                                   {{"subtask", "panoptic"}, {"threshold", 0.3}});
    QVERIFY(!answer.result.empty() && answer.arrayContent);
    for (const Json& one : answer.result) {
      QVERIFY(one.at("label").is_string() && one.at("score").is_number());
      const RleMask mask = maskOf(one.at("mask"));
      QVERIFY((mask.size == std::array{61, 37}));
      const auto& values = answer.arrayContent->at(one.at("values").at("array"), 2);
      QVERIFY(Json(values.shape) == one["values"]["size"]);
      QVERIFY(std::ranges::all_of(values.values, [](float v) { return v >= 0 && v <= 1; }));
    }
  }
  void areasHaveNoScoreAndNoArrays() {
    Engine engine;
    const auto answer = engine.run("image-segmentation", "segformer-areas");
    QVERIFY(answer.result.size() > 1 && !answer.arrayContent);
    std::int64_t area = 0;
    for (const Json& one : answer.result) {
      QVERIFY(one.at("score").is_null());
      area += rleArea(maskOf(one.at("mask")));
    }
    QCOMPARE(area, std::int64_t{61 * 37});
  }
  void masksOfEverythingHaveScores() {
    Engine engine;
    const auto answer = engine.run(
        "mask-generation", "sam",
        {{"points_per_crop", 4}, {"pred_iou_thresh", -9.0}, {"stability_score_thresh", 0.5}});
    QVERIFY(!answer.result.at("masks").empty());
    QCOMPARE(answer.result["masks"].size(), answer.result.at("scores").size());
    QCOMPARE(maskOf(answer.result["masks"][0]).width(), 37);
  }
  void depthIsAnArrayOfThePicturesSize() {
    Engine engine;
    const auto answer = engine.run("depth-estimation", "glpn");
    const Json& depth = answer.result.at("depth");
    QVERIFY(answer.arrayContent);
    QVERIFY(
        (answer.arrayContent->at(depth.at("array"), 2).shape == std::vector<std::int64_t>{61, 37}));
    QVERIFY((depth.at("size") == Json{61, 37}));
  }
  void objectsHaveLabelScoreAndBox() {
    Engine engine;
    const auto answer = engine.run("object-detection", "detr", {{"threshold", 0.05}});
    QVERIFY(!answer.result.empty());
    for (const Json& one : answer.result) {
      QVERIFY(one.at("label").is_string() && one.at("score").is_number_float());
      for (const char* side : {"xmin", "ymin", "xmax", "ymax"})
        QVERIFY(one.at("box").at(side).is_number());
    }
  }

  void pointsGiveTheReferencesMasks() {
    Engine engine;
    std::string looked;
    for (const Json& one : readJsonFile(oracleFolder() / "sam-prompts.json")) {
      const auto params = paramsOf(one);
      const auto got = engine->call(params);
      QCOMPARE(got.embeddedSeconds > 0, params.image != looked);  // once for each picture
      looked = params.image;
      QCOMPARE(got.masks.size(), one.at("masks").size());
      const auto& logits = got.arrayContent->at("logits", 3);
      QCOMPARE(logits.shape[0], std::ssize(got.masks));
      for (std::size_t i = 0; i < got.masks.size(); ++i) {
        QVERIFY(std::abs(got.scores[i] - one["scores"][i].get<double>()) < 1e-4);
        const RleMask expected = maskOf(one["masks"][i]);
        QVERIFY(got.masks[i] == expected || rleOverlap(got.masks[i], expected) > 0.998);
      }
    }
  }
  void pictureThatChangedIsLookedAtAgain() {
    QTemporaryDir folder;
    const fs::path file = folder.filePath("picture").toStdString();
    fs::copy(oracleFolder() / "pictures" / "tall.png", file);
    Engine engine;
    protocol::SegmentParams params;
    params.path = oracleFolder() / "sam";
    params.image = file;
    params.points = {{5, 5}};
    params.labels = {1};
    QCOMPARE(engine->call(params).masks.front().height(), 61);
    fs::copy(oracleFolder() / "pictures" / "wide.jpg", file, fs::copy_options::overwrite_existing);
    QCOMPARE(engine->call(params).masks.front().height(), 45);
  }
  void questionsThatCannotBeAnsweredAreRefused_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("image");
    QTest::addColumn<int>("labels");
    QTest::addColumn<QString>("says");
    QTest::newRow("model") << "segformer-areas"
                           << "pictures/tall.png" << 1
                           << "serves image-feature-extraction, image-segmentation";
    QTest::newRow("no picture") << "sam"
                                << "cases.json" << 1 << "cases.json";
    QTest::newRow("missing") << "sam"
                             << "nowhere.png" << 1 << "nowhere.png";
    QTest::newRow("labels") << "sam"
                            << "pictures/tall.png" << 0 << "labels: expected one for each";
  }
  void questionsThatCannotBeAnsweredAreRefused() {
    QFETCH(QString, model);
    QFETCH(QString, image);
    QFETCH(int, labels);
    QFETCH(QString, says);
    Engine engine;
    protocol::SegmentParams params;
    params.path = oracleFolder() / model.toStdString();
    params.image = oracleFolder() / image.toStdString();
    params.points = {{5, 5}};
    params.labels.assign(static_cast<std::size_t>(labels), 1);
    const QString error = QString::fromStdString(engine.errorOf(params));
    QVERIFY2(error.contains(says) && !error.contains('\n'), qPrintable(error));
  }

  void masksBecomeFiles() {
    QTemporaryDir folder;
    const Outcome inJson = run(segmenting({"--json"}));
    const Outcome inFiles = run(segmenting({"--json", "--masks", folder.filePath("new")}));
    QCOMPARE(inFiles.error, QString());
    const Json masks = parseJson(inJson.out.toStdString(), "out");
    const Json files = parseJson(inFiles.out.toStdString(), "out");
    QCOMPARE(files.size(), masks.size());
    QCOMPARE(fs::path(files[1].at("mask").get<std::string>()).filename().string(),
             std::string("001-cat_dog.png"));
    for (std::size_t i = 0; i < masks.size(); ++i) {
      const media::Image image = media::readImage(files[i]["mask"].get<std::string>());
      std::vector<std::uint8_t> red;
      for (std::size_t at = 0; at < image.pixels.size(); at += 3) red.push_back(image.pixels[at]);
      QVERIFY(rleFromPixels(red, image.height, image.width) == maskOf(masks[i].at("mask")));
    }
  }
  void masksAreLinesForPeople() {
    const Outcome outcome = run(segmenting({}));
    QVERIFY2(outcome.out.contains("cat/dog  ") && outcome.out.contains(" of 37 x 61 pixels ("),
             qPrintable(outcome.out));
  }
  void masksOfATaskWithoutAreRefused() {
    QTemporaryDir folder;
    const QString model = QString::fromStdString((oracleFolder() / "vit-labels").string());
    const QString picture = QString::fromStdString((oracleFolder() / "pictures/tall.png").string());
    const Outcome outcome = run(
        {"image-classification", "--model", model, "--input", picture, "--masks", folder.path()});
    QCOMPARE(outcome.code, 1);
    QVERIFY2(outcome.error.contains("--masks: this task gives no masks"),
             qPrintable(outcome.error));
  }
};

ORRERY_TEST(PicturesTest)
#include "pictures_test.moc"
