#include <sys/resource.h>

#include <QTemporaryDir>
#include <filesystem>

#include "core/base/file.h"
#include "core/checkpoint/safetensors.h"
#include "core/protocol/client.h"
#include "core/protocol/library.h"
#include "core/protocol/process.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::protocol;

namespace {

/// A real engine, and a client of it.
class Engine {
 public:
  Engine()
      : child({qgetenv("ORRERY_CLI").toStdString(), "engine"}), client(child.out(), child.in()) {
    hello = client.initialize("test");
  }
  ~Engine() { child.closeIn(); }

  ChildProcess child;
  Client client;
  InitializeResult hello;
};

/// A checkpoint folder of two small tensors.
void makeModel(const std::filesystem::path& folder, const char* config) {
  std::filesystem::create_directories(folder);
  writeFileAtomically(folder / "config.json", config);
  static const std::vector<float> values(8 * 4, 0.5f);
  const checkpoint::TensorView view{
      .dtype = checkpoint::DType::kF32, .shape{8, 4}, .data = std::as_bytes(std::span(values))};
  checkpoint::writeSafetensors(folder / "model.safetensors",
                               {{"a.weight", view}, {"b.weight", view}});
}

/// A GGUF file of an embedding [8, 4], its architecture and context length.
std::string tinyGguf() {
  std::string file = "GGUF";
  const auto number = [&](auto value) {
    file.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const auto text = [&](std::string_view value) {
    number(std::uint64_t{value.size()});
    file += value;
  };
  number(std::uint32_t{3});
  number(std::uint64_t{1});  // tensors
  number(std::uint64_t{4});  // fields
  text("general.architecture");
  number(std::uint32_t{8});  // text
  text("llama");
  text("llama.context_length");
  number(std::uint32_t{4});  // a whole number
  number(std::uint32_t{16});
  text("tokenizer.ggml.model");
  number(std::uint32_t{8});
  text("bert");
  text("tokenizer.ggml.tokens");
  number(std::uint32_t{9});  // a list
  number(std::uint32_t{8});
  number(std::uint64_t{2});
  text("[UNK]");
  text("a");
  text("token_embd.weight");
  number(std::uint32_t{2});  // dimensions, the last first
  number(std::uint64_t{4});
  number(std::uint64_t{8});
  number(std::uint32_t{0});  // float32
  number(std::uint64_t{0});  // at
  constexpr std::size_t kAlignment = 32;
  file.resize((file.size() + kAlignment - 1) / kAlignment * kAlignment + 4 * 8 * sizeof(float));
  return file;
}

constexpr auto kConfig = R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"],
  "vocab_size": 8, "hidden_size": 4, "num_hidden_layers": 3, "num_attention_heads": 2,
  "num_key_value_heads": 1, "intermediate_size": 16, "max_position_embeddings": 256})";

ListModelsParams only(const QTemporaryDir& folder) {
  return {.folders = {folder.path().toStdString()},
          .dataFolder = false,
          .hubCache = false,
          .collections = false};
}

}  // namespace

class EngineTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { ignoreBrokenPipes(); }

  void listingTellsWhatTheHeadersSay() {
    const QTemporaryDir folder;
    makeModel(folder.filePath("öne model/deep").toStdString(), kConfig);
    Engine engine;
    const auto list = engine.client.call(only(folder));
    QCOMPARE(list.models.size(), std::size_t{1});
    QCOMPARE(list.problems.size(), std::size_t{0});
    const ModelEntry& model = list.models[0];
    QCOMPARE(model.name, std::string("deep"));
    QCOMPARE(model.modelType, std::string("llama"));
    QCOMPARE(model.architecture, std::string("LlamaForCausalLM"));
    QCOMPARE(model.parameters, 64);
    QCOMPARE(model.bytes, 256);
    QCOMPARE(model.dtype, std::string("F32"));
    QCOMPARE(model.contextLength, 256);
    QCOMPARE(model.memory.contextTokens, 256);
    // Keys and values of 3 layers, 1 head of 2, 256 positions, 4 bytes each.
    QCOMPARE(model.memory.cacheBytes, 2 * 3 * 1 * 2 * 256 * 4);
    QVERIFY(list.availableBytes > 0);
  }
  void hubCacheGivesTheRevisionOfMainAndTheNameOfTheRepository() {
    const QTemporaryDir cache;
    const auto repository = std::filesystem::path(cache.path().toStdString()) / "models--org--tiny";
    makeModel(repository / "snapshots" / "old", kConfig);
    makeModel(repository / "snapshots" / "new", kConfig);
    std::filesystem::create_directories(repository / "refs");
    writeFileAtomically(repository / "refs" / "main", "old");
    qputenv("HF_HUB_CACHE", cache.path().toUtf8());
    Engine engine;
    qunsetenv("HF_HUB_CACHE");
    const auto list =
        engine.client.call(ListModelsParams{.dataFolder = false, .collections = false});
    QCOMPARE(list.models.size(), std::size_t{1});
    QCOMPARE(list.models[0].name, std::string("org/tiny"));
    QVERIFY(list.models[0].path.ends_with("/old"));
  }
  void modelsOfOtherProgramsAreListedWhereTheyAre() {
    const QTemporaryDir folder;
    const auto place = std::filesystem::path(folder.path().toStdString());
    const auto manifest = place / "manifests/registry.ollama.ai/library/tiny/1b";
    const std::string hex(64, 'a');
    const auto blob = place / "blobs" / ("sha256-" + hex);
    std::filesystem::create_directories(manifest.parent_path());
    std::filesystem::create_directories(blob.parent_path());
    const Json layer{{"mediaType", "application/vnd.ollama.image.model"},
                     {"digest", "sha256:" + hex}};
    writeFileAtomically(manifest, Json{{"layers", {layer}}}.dump());
    writeFileAtomically(blob, tinyGguf());
    const QByteArray home = qgetenv("HOME");
    qputenv("HOME", folder.path().toUtf8());
    qputenv("OLLAMA_MODELS", folder.path().toUtf8());
    Engine engine;
    qputenv("HOME", home);
    qunsetenv("OLLAMA_MODELS");
    const auto list = engine.client.call(ListModelsParams{.dataFolder = false, .hubCache = false});
    if (!list.problems.empty()) qWarning("%s", list.problems[0].message.c_str());
    QCOMPARE(list.models.size(), std::size_t{1});
    QCOMPARE(list.models[0].name, std::string("tiny:1b"));
    QCOMPARE(list.models[0].source, std::string("ollama"));
    QCOMPARE(list.models[0].path, blob.string());
    QCOMPARE(list.models[0].format, std::string("gguf"));
    QCOMPARE(list.models[0].contextLength, 16);
  }
  void brokenModelIsAProblemNotAnError() {
    const QTemporaryDir folder;
    makeModel(folder.filePath("good").toStdString(), kConfig);
    makeModel(folder.filePath("bad").toStdString(), kConfig);
    writeFileAtomically(folder.filePath("bad/model.safetensors").toStdString(), "not tensors");
    Engine engine;
    const auto list = engine.client.call(only(folder));
    QCOMPARE(list.models.size(), std::size_t{1});
    QCOMPARE(list.problems.size(), std::size_t{1});
    QVERIFY(QString::fromStdString(list.problems[0].message).contains("model.safetensors"));
  }
  void inspectListsTensors() {
    const QTemporaryDir folder;
    makeModel(folder.path().toStdString(), kConfig);
    Engine engine;
    const auto model = engine.client.call(InspectParams{folder.path().toStdString()});
    QCOMPARE(model.tensors.size(), std::size_t{2});
    QCOMPARE(model.tensors[0].shape, (std::vector<std::int64_t>{8, 4}));
    QCOMPARE(model.config["hidden_size"].get<int>(), 4);
  }
  void missingPathIsNamed() {
    Engine engine;
    try {
      engine.client.call(InspectParams{"/nonexistent/model"});
      QFAIL("no error");
    } catch (const Error& error) {
      QVERIFY(QString(error.what()).contains("/nonexistent/model"));
    }
  }
  void statsTellMemoryOfTheProcess() {
    Engine engine;
    const auto stats = engine.client.call(StatsParams{});
    QVERIFY(stats.residentBytes > 1 << 20 && stats.peakBytes >= stats.residentBytes);
    QVERIFY(stats.totalBytes > stats.availableBytes);
    QCOMPARE(stats.runningRequests, 0);
  }
  void engineGivesWayToItsParent() {
    Engine engine;
    QCOMPARE(engine.hello.pid, engine.child.pid());
    const int own = ::getpriority(PRIO_PROCESS, 0);
    QCOMPARE(::getpriority(PRIO_PROCESS, static_cast<id_t>(engine.child.pid())), std::max(own, 10));
  }
  void endOfInputEndsItAtOnce() {
    Engine engine;
    engine.child.closeIn();
    QCOMPARE(engine.child.waitForEnd(500), 0);
  }
  void shutdownEndsIt() {
    Engine engine;
    engine.client.call(ShutdownParams{});
    QCOMPARE(engine.child.waitForEnd(500), 0);
  }
};

ORRERY_TEST(EngineTest)
#include "engine_test.moc"
