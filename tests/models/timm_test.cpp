// LibTorch before Qt, whose macro `slots` it would stumble over.
#include <fmt/ranges.h>

#include <cstdlib>
#include <map>

#include "core/models/families.h"
#include "core/models/timm/timm_config.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

/// Weights of zeros in whatever shape is asked for; what was asked for is kept.
class Zeros : public checkpoint::WeightSource {
 public:
  std::optional<checkpoint::TensorView> find(std::string_view) const override {
    return std::nullopt;
  }
  std::optional<checkpoint::TensorView> findOfShape(
      std::string_view name, const std::vector<std::int64_t>& shape) const override {
    checkpoint::TensorView view{.shape = shape};
    asked_[std::string(name)] = shape;
    // Pages that nobody writes to take no memory.
    const auto count = static_cast<std::size_t>(view.elements());
    auto* bytes = static_cast<std::byte*>(std::calloc(count, sizeof(float)));
    view.owner =
        std::shared_ptr<const void>(bytes, [](const void* p) { std::free(const_cast<void*>(p)); });
    view.data = {bytes, count * sizeof(float)};
    return view;
  }
  std::vector<std::string> names() const override { return {}; }
  std::string description() const override { return "zeros"; }

  /// Parameters, as make_table.py lists them: what batch norms have measured is none.
  std::vector<std::string> lines(std::int64_t& count) const {
    std::vector<std::string> result;
    for (const auto& [name, shape] : asked_) {
      if (name.ends_with("running_mean") || name.ends_with("running_var")) continue;
      std::int64_t elements = 1;
      for (const auto size : shape) elements *= size;
      count += elements;
      result.push_back(fmt::format("{}:{}", name, fmt::join(shape, ",")));
    }
    std::sort(result.begin(), result.end());
    return result;
  }

 private:
  mutable std::map<std::string, std::vector<std::int64_t>> asked_;
};

/// 64-bit FNV-1a of the lines, in hexadecimal digits.
std::string checksum(const std::vector<std::string>& lines) {
  std::uint64_t value = 0xCBF29CE484222325;
  for (const char c : fmt::format("{}", fmt::join(lines, "\n")))
    value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return fmt::format("{:016x}", value);
}

models::MakeModel family() {
  models::Families families;
  models::timm::registerFamilies(families);
  return families.at(models::timm::kModelType);
}

std::vector<std::string> parametersOf(const Json& config, std::int64_t& count) {
  const auto source = std::make_shared<Zeros>();
  family()({JsonField(config, "config.json"), nn::Weights(source, nn::Precision::kFloat32),
            models::timm::kClassifier});
  return source->lines(count);
}

QString errorOf(const Json& config) {
  try {
    std::int64_t count = 0;
    parametersOf(config, count);
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

}  // namespace

class TimmTest : public QObject {
  Q_OBJECT

 private slots:
  void whatCannotBeABackboneIsTold_data() {
    QTest::addColumn<QString>("config");
    QTest::addColumn<QString>("error");
    QTest::newRow("builder") << R"({"backbone": "vgg16"})"
                             << "config.json: backbone: \"vgg16\", built by timm's VGG, cannot be";
    QTest::newRow("name") << R"({"backbone": "microsoft/resnet-50"})"
                          << "is none of timm 1.0.29's";
    QTest::newRow("map") << R"({"backbone": "resnet18", "out_indices": [4, 5]})"
                         << "out_indices: feature map 5 is not there; this model has 5";
    QTest::newRow("order") << R"({"backbone": "resnet18", "out_indices": [-1, 1]})"
                           << "out_indices: expected an ascending order";
    QTest::newRow("logits") << R"({"backbone": "resnet18", "features_only": false})"
                            << "features_only: expected true";
  }
  void whatCannotBeABackboneIsTold() {
    QFETCH(QString, config);
    QFETCH(QString, error);
    const Json document = Json::parse(config.toStdString());
    try {
      models::timm::readBackbone(JsonField(document, "config.json"));
      QFAIL("no error");
    } catch (const Error& told) {
      QVERIFY2(QString(told.what()).contains(error), told.what());
    }
  }
  void everyNameHasTheParametersThatTimmGivesIt() {
    const Json expected = readJsonFile(ORRERY_SOURCE_DIR "/tests/models/timm_parameters.json");
    QVERIFY(expected.size() > 500);
    // Batch norms of the largest take a minute to fold; ORRERY_ALL_NAMES asks for these too.
    const bool all = qEnvironmentVariableIsSet("ORRERY_ALL_NAMES");
    std::vector<std::string> wrong;
    for (const auto& [name, row] : expected.items()) {
      if (!all && row[0] > 20'000'000) continue;
      std::int64_t count = 0;
      try {
        const auto lines = parametersOf({{"architecture", name}}, count);
        if (count == row[0].get<std::int64_t>() && checksum(lines) == row[1]) continue;
        wrong.push_back(fmt::format("{}: {} parameters, expected {}", name, count, row[0].dump()));
      } catch (const Error& error) {
        wrong.push_back(fmt::format("{}: {}", name, error.what()));
      }
    }
    QVERIFY2(wrong.empty(),
             fmt::format("{} of {}:\n{}", wrong.size(), expected.size(), fmt::join(wrong, "\n"))
                 .c_str());
  }
  void tagOfTheWeightsIsNoPartOfTheName() {
    QCOMPARE(errorOf({{"architecture", "test_resnet.r160_in1k"}}), "");
  }
  void unknownNameIsNamed() {
    QVERIFY(errorOf({{"architecture", "resnet51x"}})
                .startsWith("config.json: architecture: \"resnet51x\" is none of timm 1.0.29's"));
  }
  void missingBuilderIsNamed() {
    QCOMPARE(errorOf({{"architecture", "xcit_nano_12_p8_224"}}),
             "config.json: architecture: \"xcit_nano_12_p8_224\" is built by timm's Xcit, which is "
             "not supported");
  }
  void argumentsThatNothingReadsAreRefused() {
    const Json arguments = {{"drop_path_rate", 0.1}, {"spectral", true}};
    QCOMPARE(errorOf({{"architecture", "test_resnet"}, {"model_args", arguments}}),
             "config.json: ResNet takes no argument spectral");
  }
  void argumentsChangeTheModel() {
    const auto count = [](const Json& arguments) {
      std::int64_t result = 0;
      parametersOf({{"architecture", "vit_tiny_patch16_224"}, {"model_args", arguments}}, result);
      return result;
    };
    QCOMPARE(count({{"depth", 11}}), count(Json::object()) - 444'864);
  }
  void hostileArgumentsAreRefused_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("arguments");
    const auto row = [](const char* name, const char* arguments) {
      QTest::newRow(arguments) << name << arguments;
    };
    row("vit_tiny_patch16_224", R"({"patch_size": 0})");
    row("vit_tiny_patch16_224", R"({"num_heads": 0})");
    row("vit_tiny_patch16_224", R"({"img_size": [224]})");
    row("swin_tiny_patch4_window7_224", R"({"window_size": 0})");
    row("swin_tiny_patch4_window7_224", R"({"depths": []})");
    row("resnet18", R"({"cardinality": 0})");
    row("resnet18", R"({"layers": [1]})");
    row("efficientnet_b0", R"({"act_layer": "sine"})");
    row("efficientnet_b0", R"({"round_chs_fn": {"$": "round_channels", "divisor": 0}})");
    row("efficientnet_b0",
        R"({"block_args": [[{"block_type": "ir", "out_chs": 8, "group_size": 999}]]})");
    row("efficientnet_b0",
        R"({"block_args": [[{"block_type": "ir", "out_chs": 8, "dw_kernel_size": []}]]})");
    row("resnet18", R"({"pruned": {"conv1.weight": []}})");
    row("mobilevit_xxs", R"({"cfg": {"blocks": [[]]}})");
    row("regnety_002", R"({"cfg": {"depth": 0, "w0": 1, "wa": 1, "wm": 2}})");
    row("test_resnet", R"({"num_classes": "ten"})");
  }
  void hostileArgumentsAreRefused() {
    QFETCH(QString, name);
    QFETCH(QString, arguments);
    const Json parsed = Json::parse(arguments.toStdString());
    QVERIFY(!errorOf({{"architecture", name.toStdString()}, {"model_args", parsed}}).isEmpty());
  }
};

ORRERY_TEST(TimmTest)
#include "timm_test.moc"
