#include "core/hub/cache_delete.h"

#include <QTemporaryDir>
#include <fstream>

#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::hub;
namespace fs = std::filesystem;

namespace {

const std::string kCommit(40, 'a'), kOther(40, 'b'), kContent(40, 'c');

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << content;
}

}  // namespace

class CacheDeleteTest : public QObject {
  Q_OBJECT

 private slots:
  void aPlanNamesNothingThatALinkLeadsOutTo() {
    const QTemporaryDir place;
    const fs::path top(place.path().toStdString()), cache = top / "hub";
    const fs::path repository = cache / "models--lab--model";
    write(top / "precious.txt", "not of the cache");
    write(repository / "blobs" / kContent, "1234");
    write(repository / "refs/main", kCommit);
    for (const std::string& commit : {kCommit, kOther}) {
      fs::create_directories(repository / "snapshots" / commit);
      fs::create_symlink(top / "precious.txt", repository / "snapshots" / commit / "out.txt");
    }
    fs::create_symlink("../../blobs/" + kContent, repository / "snapshots" / kCommit / "in.txt");
    const CacheScan scan = scanCache(cache);
    for (const auto& revision : {std::optional<std::string>(), std::optional(kCommit)}) {
      const DeletionPlan plan = planDeletion(scan, "lab/model", revision);
      QCOMPARE(plan.blobs, std::vector<fs::path>{repository / "blobs" / kContent});
      QCOMPARE(plan.bytesFreed, std::uint64_t{4});
    }
    executeDeletion(planDeletion(scan, "lab/model", std::nullopt));
    QVERIFY(!fs::exists(repository));
    QVERIFY(fs::exists(top / "precious.txt"));
  }
};

ORRERY_TEST(CacheDeleteTest)
#include "cache_delete_test.moc"
