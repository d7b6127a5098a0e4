#include <QTemporaryDir>

#include "core/base/file.h"
#include "core/pipelines/series_input.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::pipelines;

/// A table is read once for all the origins that are asked of it.
class SeriesReaderTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  SeriesReader reader_;

  std::shared_ptr<const SeriesTable> read(const std::vector<std::string>& columns = {}) {
    return reader_.read({.file = path()}, columns, Json::object(), {});
  }
  std::filesystem::path path() const { return folder_.filePath("series.csv").toStdString(); }

 private slots:
  void init() {
    writeFileAtomically(path(), "time,a,b\n2024-01-01,1,5\n2024-01-02,2,6\n2024-01-03,3,7\n");
  }
  void theSameQuestionIsNotReadAgain() {
    const auto first = read();
    QCOMPARE(first->rows(), 3);
    QCOMPARE(first->step, 86400.0);
    QVERIFY(read() == first);
  }
  void otherColumnsAreRead() {
    const auto all = read();
    const auto one = read({"b"});
    QVERIFY(one != all);
    QCOMPARE(one->columns, (std::vector<std::vector<float>>{{5, 6, 7}}));
  }
  void aFileThatHasChangedIsReadAgain() {
    read();
    writeFileAtomically(path(), "time,a,b\n2024-01-01,1,5\n2024-01-02,2,6\n");
    QCOMPARE(read()->rows(), 2);
  }
  void afterAFailureTheNextQuestionIsAnswered() {
    QVERIFY_EXCEPTION_THROWN(read({"c"}), Error);
    QCOMPARE(read({"a"})->names, std::vector<std::string>{"a"});
  }
};

ORRERY_TEST(SeriesReaderTest)
#include "series_reader_test.moc"
