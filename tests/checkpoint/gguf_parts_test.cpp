// Models in several GGUF files.

#include <QTemporaryDir>

#include "core/base/file.h"
#include "core/base/gguf_parts.h"
#include "core/checkpoint/gguf.h"
#include "tests/checkpoint/support.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::checkpoint;

namespace {

const test::GgufTensor kFirst{"a", {2, 3}, 0, 24}, kSecond{"b", {4}, 0, 16};

Json split(int number, int count) {
  return {{"split.no", number}, {"split.count", count}};
}

}  // namespace

class GgufPartsTest : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;

  std::filesystem::path write(const char* name, const std::string& bytes) {
    const auto path = std::filesystem::path(folder_.path().toStdString()) / name;
    writeFileAtomically(path, bytes);
    return path;
  }

 private slots:
  void namesOfAllPartsFollowFromTheFirst() {
    QCOMPARE(ggufParts("d/x-00001-of-00003.gguf"),
             (std::vector<std::string>{"d/x-00001-of-00003.gguf", "d/x-00002-of-00003.gguf",
                                       "d/x-00003-of-00003.gguf"}));
    for (const char* whole :
         {"x.gguf", "x-00002-of-00003.gguf", "x-00001-of-0000a.gguf", "x-00001-of-99999.gguf",
          "-00001-of-00003.gguf", "x-00001-of-00000.gguf"})
      QCOMPARE(ggufParts(whole), std::vector<std::string>{whole});
  }

  void tensorsOfAllPartsAreThere() {
    Json head = split(0, 2);
    head["split.tensors.count"] = 2;
    head["general.architecture"] = "llama";
    const auto first = write("x-00001-of-00002.gguf", test::ggufBytes(head, {kFirst}));
    write("x-00002-of-00002.gguf", test::ggufBytes(split(1, 2), {kSecond}));
    const auto file = GgufFile::open(first);
    QCOMPARE(file->names(), (std::vector<std::string>{"a", "b"}));
    QCOMPARE(file->find("b")->data.size(), std::size_t{16});
    QCOMPARE(file->bytes(), std::uint64_t{40});
    QCOMPARE(file->architecture(), std::string_view("llama"));
  }

  void partsThatDoNotBelongTogetherAreNamed() {
    const auto opened = [&](const std::filesystem::path& path) {
      return test::errorOf([&] { GgufFile::open(path); });
    };
    Json head = split(0, 2);
    head["split.tensors.count"] = 3;
    const auto first = write("y-00001-of-00002.gguf", test::ggufBytes(head, {kFirst}));
    QVERIFY(opened(first).contains("y-00002-of-00002.gguf"));  // is not there
    const auto second = write("y-00002-of-00002.gguf", test::ggufBytes(split(1, 2), {kSecond}));
    QVERIFY(opened(first).contains("says 3 tensors, but its 2 files have 2"));
    QVERIFY(opened(second).contains("expected the first"));
    write("y-00002-of-00002.gguf", test::ggufBytes(split(1, 3), {kSecond}));
    QVERIFY(opened(first).contains("is file 2 of 3, expected 2 of 2"));
    write("y-00002-of-00002.gguf", test::ggufBytes(split(1, 2), {kFirst}));
    QVERIFY(opened(first).contains("in another file"));
    QVERIFY(opened(write("renamed.gguf", test::ggufBytes(head, {kFirst}))).contains("-of-00002"));
  }
};

ORRERY_TEST(GgufPartsTest)
#include "gguf_parts_test.moc"
