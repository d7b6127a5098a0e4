// LibTorch before Qt, whose macro `slots` it would stumble over.
#include "core/pipelines/segmentation.h"

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"
#include "core/nn/weights.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

using pipelines::Segmenter;

std::filesystem::path oracleFolder() {
  return std::filesystem::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) /
         "segmentation";
}

models::TensorMap readTensors(const std::string& name) {
  const auto file = checkpoint::SafetensorsFile::open(oracleFolder() / name);
  models::TensorMap result;
  for (const auto& tensor : file->names()) result[tensor] = nn::asTensor(*file->find(tensor));
  return result;
}

Segmenter segmenterOf(const std::string& name) {
  if (name == "mask2former") return Segmenter::kMask2Former;
  if (name == "maskformer") return Segmenter::kMaskFormer;
  return name == "oneformer" ? Segmenter::kOneFormer : Segmenter::kDetr;
}

pipelines::SegmentationOptions optionsOf(const Json& one) {
  pipelines::SegmentationOptions options;
  const Json& given = one.at("options");
  options.threshold = given.value("threshold", options.threshold);
  options.maskThreshold = given.value("mask_threshold", options.maskThreshold);
  options.overlapThreshold = given.value("overlap_mask_area_threshold", options.overlapThreshold);
  for (const Json& label : one.at("fused")) options.fused.insert(label.get<std::int64_t>());
  if (!one.at("sizes").is_null())
    options.sizes = one.at("sizes").get<std::vector<pipelines::MapSize>>();
  return options;
}

/// Start (from 1) and length of each run of a mask, row by row, as the reference counts them.
std::vector<int> runLengths(const RleMask& mask) {
  const auto pixels = rlePixels(mask);
  std::vector<int> runs;
  for (auto at = pixels.begin(); (at = std::find(at, pixels.end(), 1)) != pixels.end();) {
    const auto end = std::find(at, pixels.end(), 0);
    runs.insert(runs.end(),
                {static_cast<int>(at - pixels.begin()) + 1, static_cast<int>(end - at)});
    at = end;
  }
  return runs;
}

/// Maps with the segments and their run lengths, as the script writes them.
struct Result {
  std::vector<at::Tensor> maps;
  Json segments = Json::array(), runs = Json::array();
};

Json segmentJson(const pipelines::Segment& segment) {
  return {{"id", segment.id},
          {"label_id", segment.label},
          {"was_fused", segment.fused},
          {"score", segment.score}};
}

Result resultOf(const Json& one, const models::TensorMap& scores) {
  const auto options = optionsOf(one);
  const pipelines::MaskScores masks{scores.at("classes"), scores.at("masks")};
  const auto segmenter = segmenterOf(one.at("segmenter"));
  Result result;
  if (one.at("kind") == "semantic") {
    const auto maps = one.at("segmenter") == "pixels"
                          ? pipelines::semanticMaps(scores.at("logits"), options.sizes)
                          : pipelines::semanticMaps(masks, segmenter, options.sizes);
    result.maps = maps;
    return result;
  }
  const auto maps = one.at("kind") == "instance"
                        ? pipelines::instanceSegments(masks, segmenter, options)
                        : pipelines::panopticSegments(masks, segmenter, options);
  for (const auto& map : maps) {
    Json segments = Json::array(), runs = Json::array();
    const auto regions = pipelines::masksOfMap(map.map);
    for (const auto& segment : map.segments) {
      segments.push_back(segmentJson(segment));
      runs.push_back(regions.contains(segment.id) ? runLengths(regions.at(segment.id))
                                                  : std::vector<int>());
    }
    result.maps.push_back(map.map);
    result.segments.push_back(segments);
    result.runs.push_back(runs);
  }
  return result;
}

/// Whether segments are the same, scores within rounding.
bool sameSegments(const Json& got, const Json& expected) {
  if (got.size() != expected.size()) return false;
  for (std::size_t picture = 0; picture < got.size(); ++picture) {
    if (got[picture].size() != expected[picture].size()) return false;
    for (std::size_t i = 0; i < got[picture].size(); ++i) {
      Json one = got[picture][i], other = expected[picture][i];
      if (std::abs(one["score"].get<double>() - other["score"].get<double>()) > 2e-6) return false;
      one.erase("score");
      other.erase("score");
      if (one != other) return false;
    }
  }
  return true;
}

QString errorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

class SegmentationTest : public QObject {
  Q_OBJECT

  Json cases_;
  models::TensorMap scores_, expected_;

 private slots:
  void initTestCase() {
    cases_ = readJsonFile(oracleFolder() / "cases.json");
    scores_ = readTensors("scores.safetensors");
    expected_ = readTensors("expected.safetensors");
  }
  void equalsTheReference_data() {
    QTest::addColumn<int>("number");
    for (std::size_t i = 0; i < cases_.size(); ++i)
      QTest::newRow(cases_[i].at("name").get<std::string>().c_str()) << static_cast<int>(i);
  }
  void equalsTheReference() {
    QFETCH(int, number);
    const Json& one = cases_.at(static_cast<std::size_t>(number));
    const Result got = resultOf(one, scores_);
    for (std::size_t i = 0; i < got.maps.size(); ++i) {
      const auto name = one.at("name").get<std::string>() + "." + std::to_string(i);
      QVERIFY2(at::equal(got.maps[i].to(at::kLong), expected_.at(name)), name.c_str());
    }
    if (one.at("kind") == "semantic") return;
    const std::string found = got.segments.dump() + " for " + one.at("segments").dump();
    QVERIFY2(sameSegments(got.segments, one.at("segments")), found.c_str());
    QCOMPARE(got.runs.dump(), one.at("runs").dump());
  }
  void instancesKeepTheirWholeMasks() {
    const pipelines::MaskScores masks{scores_.at("classes"), scores_.at("masks")};
    const auto map =
        pipelines::instanceSegments(masks, Segmenter::kMaskFormer, {.threshold = 0.2}).front();
    QCOMPARE(map.masks.size(), map.segments.size());
    std::int64_t shown = 0, whole = 0;
    for (std::size_t i = 0; i < map.masks.size(); ++i) {
      shown += map.map.eq(map.segments[i].id).sum().item<std::int64_t>();
      whole += map.masks[i].sum().item<std::int64_t>();
    }
    QVERIFY(whole > shown);
  }
  void sizesForOtherPicturesAreRefused() {
    const pipelines::MaskScores masks{scores_.at("classes"), scores_.at("masks")};
    QCOMPARE(errorOf([&] {
               pipelines::panopticSegments(masks, Segmenter::kDetr, {.sizes = {{5, 5}}});
             }),
             "1 sizes were given for 2 pictures");
    QCOMPARE(errorOf([&] {
               pipelines::semanticMaps(masks, Segmenter::kDetr, {{5, 5}, {0, 4}});
             }),
             "a map of 0 × 4 pixels was asked for");
  }
  void outputsWithoutMasksAreNamed() {
    QCOMPARE(errorOf([&] {
               pipelines::MaskScores::of({{"logits", scores_.at("classes")}}, Segmenter::kDetr);
             }),
             "the model gives no pred_masks");
  }
};

ORRERY_TEST(SegmentationTest)
#include "segmentation_test.moc"
