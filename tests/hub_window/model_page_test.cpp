// A model's page on the hub, gates, and what the cache holds.

#include <QAbstractButton>
#include <QLabel>
#include <QSignalSpy>
#include <QTreeWidget>

#include "tests/hub_window/hub_bench.h"
#include "tests/support/test_main.h"
#include "ui/hub/cache_page.h"
#include "ui/hub/fit_meter.h"
#include "ui/hub/model_page.h"

using namespace orrery;
using namespace orrery::ui;
using namespace orrery::test;

namespace {

QJsonObject scenario() {
  QJsonArray repositories{QJsonObject{{"id", "lab/small"}, {"files", smallModel()}},
                          QJsonObject{{"id", "lab/other"}, {"files", smallModel()}}};
  for (const char* name : {"fresh", "waiting", "denied"})
    repositories.append(QJsonObject{
        {"id", QString("lab/%1").arg(name)}, {"gated", "manual"}, {"files", smallModel()}});
  return {
      {"users", QJsonObject{{"hf_reader",
                             QJsonObject{{"name", "reader"},
                                         {"access", QJsonObject{{"lab/waiting", "pending"},
                                                                {"lab/denied", "rejected"}}}}}}},
      {"repositories", repositories}};
}

}  // namespace

class ModelPageTest : public QObject {
  Q_OBJECT

 private:
  StandIn hub_{scenario()};

  static void download(Workbench& bench, const QString& model) {
    QSignalSpy finished(bench.downloads.get(), &DownloadQueue::finished);
    bench.downloads->add(model, {}, false);
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 30'000);
  }

 private slots:
  void cleanup() {
    hub_.setFaults({});
    hub_.clear();
  }

  void pageJudgesAndDownloadsOnlyWhatIsNeeded() {
    const HubHome home(hub_);
    Workbench bench = makeBench();
    bench.window->showPanel("library");
    bench.window->library().showView(LibraryPanel::kHub);
    bench.window->library().hub().openModel("lab/small");
    ModelPage& page = bench.window->library().hub().modelPage();
    QTRY_VERIFY(!page.shown().files.empty() && !page.busy());
    QCOMPARE(page.judged().inspection.model.parameters, 2 * 32000 * 64 + 64);
    QCOMPARE(page.judged().fit.kind, std::string("fits"));
    QVERIFY(QString::fromStdString(page.shown().card).contains("A *card*"));
    QVERIFY(hub_.bytesSent() < 100'000);
    auto* fit = page.findChild<FitMeter*>();
    QCOMPARE(fit->shown().weightBytes,
             page.judged().inspection.memoryByPrecision.at(0).contexts.at(0).weightBytes);
    auto* button = page.findChild<QAbstractButton*>("library.download");
    QVERIFY(button->isEnabled());
    QCOMPARE(button->text(), QString("Download and open"));
    QSignalSpy finished(bench.downloads.get(), &DownloadQueue::finished);
    button->click();
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 30'000);
    const QString folder = finished[0][1].toString();
    QVERIFY(QFile::exists(folder + "/model.safetensors"));
    QVERIFY(!QFile::exists(folder + "/flax_model.msgpack"));
    QCOMPARE(bench.window->currentPanel(), QString("chat"));
  }

  void eachGateHasItsNextStep_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<QString>("gate");
    QTest::addRow("no token") << "lab/fresh" << QByteArray() << "no_token";
    QTest::addRow("licence") << "lab/fresh" << QByteArray("hf_reader") << "licence";
    QTest::addRow("waiting") << "lab/waiting" << QByteArray("hf_reader") << "waiting";
    QTest::addRow("denied") << "lab/denied" << QByteArray("hf_reader") << "denied";
  }
  void eachGateHasItsNextStep() {
    QFETCH(QString, model);
    QFETCH(QByteArray, token);
    QFETCH(QString, gate);
    const HubHome home(hub_);
    if (!token.isEmpty()) qputenv("HF_TOKEN", token);
    Workbench bench = makeBench();
    bench.window->showPanel("library");
    bench.window->library().showView(LibraryPanel::kHub);
    bench.window->library().hub().openModel(model);
    ModelPage& page = bench.window->library().hub().modelPage();
    QTRY_VERIFY(!page.shown().model.id.empty());
    QCOMPARE(QString::fromStdString(page.shown().access.gate), gate);
    auto* step = page.findChild<QAbstractButton*>("library.step");
    QVERIFY(step->isVisible() && !step->text().isEmpty());
    QVERIFY(!page.findChild<QAbstractButton*>("library.download")->isEnabled());
    QVERIFY(token.isEmpty() || !hub_.leaked(token));
  }

  void whoeverIsLoggedInIsNamed() {
    const HubHome home(hub_);
    qputenv("HF_TOKEN", "hf_reader");
    Workbench bench = makeBench();
    bench.window->library().showView(LibraryPanel::kHub);
    auto* account = bench.window->findChild<QAbstractButton*>("library.account");
    QTRY_COMPARE(account->text(), QString("reader"));
  }

  void aDeletionCanBeUndoneUntilTheWindowCloses() {
    const HubHome home(hub_);
    Workbench bench = makeBench();
    download(bench, "lab/small");
    download(bench, "lab/other");
    bench.window->showPanel("library");
    bench.window->library().showView(LibraryPanel::kCache);
    CachePage& page = bench.window->library().cache();
    auto* tree = page.findChild<QTreeWidget*>("library.cached");
    QTRY_COMPARE(tree->topLevelItemCount(), 2);
    page.markDeleted("lab/small");
    QCOMPARE(tree->topLevelItemCount(), 1);
    const QString folder = home.cache() + "/models--lab--small";
    QVERIFY(QFile::exists(folder));
    page.undo();
    QCOMPARE(tree->topLevelItemCount(), 2);
    page.markDeleted("lab/small");
    bench.window->close();
    QVERIFY(!QFile::exists(folder));
    QVERIFY(QFile::exists(home.cache() + "/models--lab--other"));
  }

  void verifyNamesTheFileThatIsNotAsPublished() {
    const HubHome home(hub_);
    Workbench bench = makeBench();
    download(bench, "lab/small");
    bench.window->showPanel("library");
    bench.window->library().showView(LibraryPanel::kCache);
    CachePage& page = bench.window->library().cache();
    QTRY_COMPARE(page.scan().repositories.size(), std::size_t{1});
    const auto& revision = page.scan().repositories[0].revisions.at(0);
    const QString target = "lab/small@" + QString::fromStdString(revision.commit);
    const QString config = QString::fromStdString(revision.path) + "/config.json";
    QFile file(QFileInfo(config).canonicalFilePath());
    QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.write("X");
    file.close();
    page.verify(target);
    const auto told = [&](const char* word) {
      for (const QLabel* label : page.findChildren<QLabel*>())
        if (label->text().contains(word)) return true;
      return false;
    };
    QTRY_VERIFY(told("config.json is not as published"));
    QCOMPARE(bench.jobs.job(0).state, JobState::kDone);
  }
};

ORRERY_TEST(ModelPageTest)
#include "model_page_test.moc"
