// What Big Transfer and the hybrids of DPT over it refuse, in one sentence each.

// LibTorch before Qt, whose macro `slots` it would stumble over.
#include "core/models/auto_model.h"

#include "core/checkpoint/checkpoint.h"
#include "tests/models/model_case.h"
#include "tests/support/test_main.h"

using namespace orrery;
using test::oracleFolder;
using test::readTensors;

namespace {

constexpr const char* kBit = "BitForImageClassification";
constexpr const char* kHybrid = "DPTForDepthEstimation-hybrid";

/// The error that a case with these fields of config.json, its pictures cut to `rows`, ends in;
/// empty if there is none.
QString errorOf(const char* folder, const Json& changes, std::int64_t rows = 32) {
  auto checkpoint = checkpoint::openCheckpoint(oracleFolder() / folder);
  checkpoint.config.merge_patch(changes);
  try {
    const auto model = models::loadModel(checkpoint, {}, nn::Precision::kFloat32);
    auto inputs = readTensors(oracleFolder() / folder / "inputs.safetensors");
    at::Tensor& pixels = inputs.at("pixel_values");
    pixels = pixels.narrow(2, 0, rows).contiguous();
    model->forward(inputs);
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

}  // namespace

class HybridTest : public QObject {
  Q_OBJECT

 private slots:
  void bitRefuses_data() {
    QTest::addColumn<QString>("changes");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* changes, const char* says) {
      QTest::newRow(changes) << changes << says;
    };
    row(R"({"global_padding": "valid"})", "global_padding: expected null or \"SAME\"");
    row(R"({"num_groups": 3})", "num_groups: 3 groups do not divide 8 channels");
    row(R"({"layer_type": "basic"})", "expected \"preactivation\" or \"bottleneck\"");
    row(R"({"hidden_sizes": [16]})", "hidden_sizes has 1 stages, but depths 2");
    row(R"({"width_factor": 2})",
        "expected the 64 channels of the last stage at the end, found 32");
  }
  void bitRefuses() {
    QFETCH(QString, changes);
    QFETCH(QString, says);
    const QString error = errorOf(kBit, Json::parse(changes.toStdString()));
    QVERIFY2(error.contains(says), qPrintable(error));
  }
  void hybridRefuses_data() {
    QTest::addColumn<QString>("changes");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* changes, const char* says) {
      QTest::newRow(changes) << changes << says;
    };
    row(R"({"neck_ignore_stages": []})", "neck_ignore_stages: expected [0, 1]");
    row(R"({"readout_type": "add"})", "readout_type: expected \"project\" for a hybrid");
    row(R"({"backbone_config": 3})", "backbone_config: expected an object");
    row(R"({"backbone_config": {"out_features": ["stage1", "stage3"]}})",
        "out_features: expected 3 stages, found 2");
    row(R"({"backbone_config": {"output_stride": 32}})",
        "patch_size: 16 patches, but the backbone gives a map of 2 by 2");
    row(R"({"neck_hidden_sizes": [8, 24, 8, 12]})",
        "neck_hidden_sizes: expected the 16 channels of map 0 of the backbone, found 8");
    row(R"({"backbone_out_indices": [0]})", "neck_hidden_sizes: expected one for each of the 2");
  }
  void hybridRefuses() {
    QFETCH(QString, changes);
    QFETCH(QString, says);
    const QString error = errorOf(kHybrid, Json::parse(changes.toStdString()));
    QVERIFY2(error.contains(says), qPrintable(error));
  }
  void hybridTakesPicturesOfItsSize() {
    QCOMPARE(errorOf(kHybrid, Json::object()), "");
    const QString error = errorOf(kHybrid, Json::object(), 24);
    QVERIFY2(error.contains("expected 32 x 32 pixels, found 24 x 32"), qPrintable(error));
  }
  void backboneNeedNotNameItsType() {
    QCOMPARE(errorOf(kHybrid, {{"backbone_config", {{"model_type", nullptr}}}}), "");
  }
};

ORRERY_TEST(HybridTest)
#include "hybrid_test.moc"
