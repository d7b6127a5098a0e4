// Pickles that are short, and would take much memory or read what is not there.

#include "core/checkpoint/pickle.h"
#include "tests/checkpoint/support.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::checkpoint;
using test::raw;

namespace {

std::string text(const std::string& value) {
  std::string result = "X";
  result += raw(static_cast<std::uint32_t>(value.size()));
  return result += value;
}

std::string tuple(const std::vector<std::int32_t>& values) {
  std::string result = "(";
  for (const auto value : values) result.append("J").append(raw(value));
  return result + "t";
}

/// A tensor of float32 in the storage of that name.
std::string tensor(const std::string& storage, const std::vector<std::int32_t>& shape) {
  std::string result = "ctorch._utils\n_rebuild_tensor_v2\n((";
  result += text("storage") + "ctorch\nFloatStorage\n" + text(storage) + text("cpu") + "K\x06tQ";
  return result += std::string("K\0", 2) + tuple(shape) + tuple(shape) + "tR";
}

/// The error that a dictionary with these entries ends in; empty if there is none.
QString errorOf(const std::string& entries) {
  const std::string pickle = "\x80\x02}(" + entries + "u.";
  return test::errorOf([&] { readStateDictPickle(test::bytesOf(pickle)); });
}

}  // namespace

class HostilePickleTest : public QObject {
  Q_OBJECT

 private slots:
  void tensorIsRead() { QCOMPARE(errorOf(text("a") + tensor("0", {2, 3})), ""); }
  void nameGivenTwiceIsRefused() {
    const std::string entry = text("a") + tensor("0", {2});
    QCOMPARE(errorOf(entry + entry), "entry \"a\" is there twice");
  }
  void manyDimensionsAreRefused() {
    QCOMPARE(errorOf(text("a") + tensor("0", std::vector<std::int32_t>(65, 1))),
             "a tensor has 65 dimensions, expected at most 64");
  }
  void longStorageNameIsRefused() {
    QCOMPARE(errorOf(text("a") + tensor(std::string(256, 'x'), {2})),
             "the name of a storage has 256 bytes, expected at most 255");
  }
  void manyValuesAreRefused() {
    QVERIFY(errorOf(std::string(3'000'000, 'N')).contains("more than 2000000 values"));
  }
};

ORRERY_TEST(HostilePickleTest)
#include "hostile_pickle_test.moc"
