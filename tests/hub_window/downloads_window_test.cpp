// Downloads of the window: order, limit, restart, lost networks and engines.

#include <signal.h>

#include <QSignalSpy>
#include <algorithm>

#include "tests/hub_window/hub_bench.h"
#include "tests/support/test_main.h"
#include "ui/hub/download_queue.h"

using namespace orrery;
using namespace orrery::ui;
using namespace orrery::test;

namespace {

constexpr int kSize = 4'000'000;

/// What of a window makes downloads; the list is kept in `file`.
struct Downloads {
  explicit Downloads(const QString& file)
      : engines(qEnvironmentVariable("ORRERY_CLI"), {"engine"}, jobs), queue(engines, file) {}

  JobsModel jobs;
  EnginePool engines;
  DownloadQueue queue;

  bool allDone() const {
    for (int row = 0; row < queue.rowCount(); ++row)
      if (queue.item(row).state != DownloadState::kDone) return false;
    return queue.rowCount() > 0;
  }
  QStringList models() const {
    QStringList names;
    for (int row = 0; row < queue.rowCount(); ++row) names += queue.item(row).model;
    return names;
  }
};

QJsonObject scenario() {
  QJsonArray repositories;
  for (int i = 0; i < 5; ++i)
    repositories.append(QJsonObject{
        {"id", QString("lab/m%1").arg(i)},
        {"files", QJsonObject{{"config.json", QJsonObject{{"text", "{}"}}},
                              {"model.safetensors", QJsonObject{{"size", kSize}, {"seed", i}}}}}});
  repositories.append(
      QJsonObject{{"id", "lab/closed"},
                  {"gated", "manual"},
                  {"files", QJsonObject{{"config.json", QJsonObject{{"text", "{}"}}}}}});
  return {{"repositories", repositories}};
}

}  // namespace

class DownloadsWindowTest : public QObject {
  Q_OBJECT

 private:
  StandIn hub_{scenario()};

 private slots:
  void cleanup() {
    hub_.setFaults({});
    hub_.clear();
  }

  void fiveDownloadsGoOnAfterARestartInTheirOrder() {
    const HubHome home(hub_);
    const QString file = home.path() + "/downloads.json";
    QStringList order;
    double kept = 0;
    {
      Downloads first(file);
      first.queue.setLimit(3e6);
      for (int i = 0; i < 5; ++i) first.queue.add(QString("lab/m%1").arg(i), {}, false);
      first.queue.move(4, 3);
      first.queue.pause(4);
      order = first.models();
      QTRY_VERIFY(first.queue.item(0).done() > kSize / 8);
      QVERIFY(!first.allDone());
      for (int row = 0; row < 5; ++row) kept += static_cast<double>(first.queue.item(row).done());
    }
    hub_.clear();
    Downloads second(file);
    QCOMPARE(second.models(), order);
    QCOMPARE(order[3], QString("lab/m4"));
    QCOMPARE(second.queue.limit(), 3e6);
    QCOMPARE(second.queue.item(4).state, DownloadState::kPaused);
    QVERIFY(second.queue.item(0).done() > 0);
    second.queue.setLimit(0);
    QTRY_VERIFY_WITH_TIMEOUT(second.queue.item(3).state == DownloadState::kDone, 30'000);
    QCOMPARE(second.queue.item(4).state, DownloadState::kPaused);
    second.queue.resume(4);
    QTRY_VERIFY_WITH_TIMEOUT(second.allDone(), 30'000);
    QVERIFY(QFile::exists(second.queue.item(0).path + "/model.safetensors"));
    const double sent = hub_.bytesSent();
    qInfo("%.0f bytes had arrived, then %.0f were sent of %d", kept, sent, 5 * kSize);
    // What had arrived was not sent again; a request that ends early leaves some on the way.
    QVERIFY(sent < 5.0 * kSize - kept + 0.1 * kSize);
  }

  void aLostNetworkIsWaitedFor() {
    const HubHome home(hub_);
    Downloads downloads(home.path() + "/downloads.json");
    downloads.queue.setLimit(5e5);
    downloads.queue.add("lab/m0", {}, false);
    QTRY_VERIFY(downloads.queue.item(0).done() > kSize / 8);
    hub_.setFaults({QJsonObject{{"close", true}}});
    QTest::qWait(1500);
    QVERIFY(downloads.queue.item(0).state != DownloadState::kDone);
    hub_.setFaults({});
    downloads.queue.setLimit(0);
    QTRY_VERIFY_WITH_TIMEOUT(downloads.allDone(), 40'000);
  }

  void anEngineThatDiesIsStartedAgainAndTheDownloadGoesOn() {
    const HubHome home(hub_);
    Downloads downloads(home.path() + "/downloads.json");
    downloads.queue.setLimit(2e6);
    downloads.queue.add("lab/m1", {}, false);
    QTRY_VERIFY(downloads.queue.item(0).done() > kSize / 8);
    ::kill(static_cast<pid_t>(downloads.engines.files().processId()), SIGKILL);
    QTRY_COMPARE(downloads.queue.item(0).state, DownloadState::kRetrying);
    QVERIFY(!downloads.queue.item(0).reason.isEmpty());
    downloads.queue.setLimit(0);
    QTRY_VERIFY_WITH_TIMEOUT(downloads.allDone(), 30'000);
  }

  void pausedMeansNoMoreBytes() {
    const HubHome home(hub_);
    Downloads downloads(home.path() + "/downloads.json");
    downloads.queue.setLimit(1e6);
    downloads.queue.add("lab/m2", {}, false);
    QTRY_VERIFY(downloads.queue.item(0).done() > kSize / 16);
    downloads.queue.pause(0);
    QTest::qWait(600);
    const qint64 held = downloads.queue.item(0).done();
    QTest::qWait(800);
    QCOMPARE(downloads.queue.item(0).done(), held);
    QVERIFY(held < kSize);
    downloads.queue.setLimit(0);
    downloads.queue.resume(0);
    QTRY_VERIFY_WITH_TIMEOUT(downloads.allDone(), 30'000);
  }

  void aListThatCannotBeReadIsSaidAndKept() {
    const HubHome home(hub_);
    const QString file = home.path() + "/downloads.json";
    writeFileAtomically(file.toStdString(), R"({"version": 1, "downloads": [{"model": 3}]})");
    const Downloads downloads(file);
    QVERIFY2(downloads.queue.problem().contains("model"), qPrintable(downloads.queue.problem()));
    QCOMPARE(downloads.queue.rowCount(), 0);
    QVERIFY(QFile::exists(file + ".unreadable"));
  }

  void aRefusalIsTheReasonOfTheFailure() {
    const HubHome home(hub_);
    Downloads downloads(home.path() + "/downloads.json");
    downloads.queue.add("lab/closed", {}, false);
    QTRY_COMPARE_WITH_TIMEOUT(downloads.queue.item(0).state, DownloadState::kFailed, 20'000);
    QVERIFY2(downloads.queue.item(0).reason.contains("gated"),
             qPrintable(downloads.queue.item(0).reason));
  }
};

ORRERY_TEST(DownloadsWindowTest)
#include "downloads_window_test.moc"
