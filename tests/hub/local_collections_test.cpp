#include "core/hub/local_collections.h"

#include <QTest>
#include <fstream>

#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::hub;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& file, const std::string& content = "GGUF") {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << content;
}

std::string manifest(const std::string& digest) {
  return R"({"layers": [{"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:0"},
             {"mediaType": "application/vnd.ollama.image.model", "digest": ")" +
         digest + "\"}]}";
}

}  // namespace

class LocalCollectionsTest : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  fs::path place(const char* name) { return fs::path(folder_.path().toStdString()) / name; }

 private slots:
  void eachProgramsModelsAreFoundByTheirNames() {
    const CollectionFolders folders{place("a/lm"), place("a/ollama"), place("a/gpt"),
                                    place("a/cpp")};
    const std::string hex(64, 'a');
    write(folders.lmStudio / "org/name/name-Q4.gguf");
    write(folders.lmStudio / "org/name/mmproj-name.gguf");
    write(folders.lmStudio / "org/name/config.json");
    write(folders.lmStudio / "org/big/big-00001-of-00002.gguf");
    write(folders.lmStudio / "org/big/big-00002-of-00002.gguf");
    write(folders.ollama / "manifests/registry.ollama.ai/library/llama3/8b",
          manifest("sha256:" + hex));
    write(folders.ollama / "manifests/hf.co/org/name/latest", manifest("sha256:" + hex));
    write(folders.ollama / "blobs" / ("sha256-" + hex));
    write(folders.gpt4all / "mini.gguf");
    write(folders.llamaCpp / "org_name.gguf");
    const CollectionScan scan = scanCollections(folders);
    QStringList found;
    for (const auto& model : scan.models)
      found << QString::fromStdString(model.program + " " + model.name);
    QCOMPARE(found, QStringList({"gpt4all mini", "llama.cpp org_name",
                                 "lmstudio org/big/big-00001-of-00002", "lmstudio org/name/name-Q4",
                                 "ollama hf.co/org/name:latest", "ollama llama3:8b"}));
    QCOMPARE(scan.models.back().file, folders.ollama / "blobs" / ("sha256-" + hex));
    QVERIFY(scan.problems.empty());
  }

  void manifestsThatCannotBeUsedAreProblems_data() {
    QTest::addColumn<QString>("content");
    QTest::addColumn<QString>("words");
    QTest::newRow("no JSON") << "{"
                             << "bad";
    QTest::newRow("no layers") << "{}"
                               << "layers";
    QTest::newRow("no model") << R"({"layers": []})"
                              << "expected a layer";
    QTest::newRow("leaves") << QString::fromStdString(manifest("sha256:../../../etc/passwd"))
                            << "expected sha256:HEX";
    QTest::newRow("gone") << QString::fromStdString(manifest("sha256:" + std::string(64, 'b')))
                          << "the blob is not there";
  }
  void manifestsThatCannotBeUsedAreProblems() {
    QFETCH(QString, content);
    QFETCH(QString, words);
    const CollectionFolders folders{.ollama = place("b")};
    write(folders.ollama / "manifests/registry.ollama.ai/library/bad/1", content.toStdString());
    const CollectionScan scan = scanCollections(folders);
    QVERIFY(scan.models.empty());
    QCOMPARE(scan.problems.size(), 1u);
    QVERIFY2(QString::fromStdString(scan.problems[0].message).contains(words),
             scan.problems[0].message.c_str());
  }

  void foldersThatAreNotThereAreEmpty() {
    QVERIFY(scanCollections({place("none"), place("none"), {}, {}}).models.empty());
  }

  void foldersFollowTheVariablesOfTheirPrograms() {
    qputenv("OLLAMA_MODELS", "/x/ollama");
    qputenv("LLAMA_CACHE", "/x/cpp");
    const auto folders = CollectionFolders::fromEnvironment();
    qunsetenv("OLLAMA_MODELS");
    qunsetenv("LLAMA_CACHE");
    QCOMPARE(folders.ollama, fs::path("/x/ollama"));
    QCOMPARE(folders.llamaCpp, fs::path("/x/cpp"));
  }
};

ORRERY_TEST(LocalCollectionsTest)
#include "local_collections_test.moc"
