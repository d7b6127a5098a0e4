// A model's page on the hub, gates, and what the cache holds.

#include <QAbstractButton>
#include <QBuffer>
#include <QImage>
#include <QLabel>
#include <QSignalSpy>
#include <QTextBrowser>
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

QJsonObject png(const QSize& size) {
  QImage image(size, QImage::Format_RGB32);
  image.fill(Qt::darkCyan);
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  image.save(&buffer, "png");
  return {{"base64", QString::fromLatin1(bytes.toBase64())}};
}

/// Another server, with a picture.
QJsonObject pictures() {
  return {{"repositories",
           QJsonArray{QJsonObject{{"id", "else/where"},
                                  {"files", QJsonObject{{"logo.png", png({90, 60})}}}}}}};
}

QJsonObject scenario(const QString& elsewhere) {
  QJsonObject illustrated = smallModel();
  illustrated["chart.png"] = png({1600, 400});
  illustrated["README.md"] =
      QJsonObject{{"text", "# Pictures\n\n![A chart](chart.png)\n\n<img src=\"" + elsewhere +
                               "/else/where/resolve/main/logo.png\" width=\"60\">\n\n"
                               "![Missing](none.png)\n"}};
  QJsonArray repositories{QJsonObject{{"id", "lab/small"}, {"files", smallModel()}},
                          QJsonObject{{"id", "lab/other"}, {"files", smallModel()}},
                          QJsonObject{{"id", "lab/pictures"}, {"files", illustrated}}};
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
  StandIn elsewhere_{pictures()};
  StandIn hub_{scenario(elsewhere_.address())};

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

  void picturesComeAfterAClickAndTheTokenStaysAtTheHub() {
    const HubHome home(hub_);
    qputenv("HF_TOKEN", "hf_reader");
    Workbench bench = makeBench();
    bench.window->showPanel("library");
    bench.window->library().showView(LibraryPanel::kHub);
    HubPage& hub = bench.window->library().hub();
    const QString elsewhere = elsewhere_.address();
    // The card is of the hub that is asked; this one names a picture of another server, too.
    hub.openModel("lab/pictures");
    ModelPage& page = hub.modelPage();
    QTRY_VERIFY(!page.shown().files.empty() && !page.busy());
    auto* button = page.findChild<QAbstractButton*>("library.pictures");
    auto* card = page.findChild<QTextBrowser*>("library.card");
    QTRY_VERIFY(button->isVisible());
    QCOMPARE(button->text(), QString("Show pictures (3)"));
    const auto asked = [](StandIn& server, const char* name) {
      int count = 0;
      const QJsonArray all = server.requests();
      for (const QJsonValue& each : all)
        count += each.toObject().value("target").toString().contains(name);
      return count;
    };
    QCOMPARE(asked(hub_, "chart.png") + asked(elsewhere_, "logo.png"), 0);
    QTRY_VERIFY(card->toPlainText().contains("Picture: A chart"));
    button->click();
    QTRY_COMPARE(card->toPlainText().count(QChar::ObjectReplacementCharacter), 2);
    QVERIFY(card->toPlainText().contains("Picture: Missing"));  // its alternative stays
    QTRY_COMPARE(button->text(), QString("Try again"));
    QVERIFY(asked(hub_, qPrintable("resolve/" + QString::fromStdString(page.shown().model.commit) +
                                   "/chart.png")) > 0);
    QVERIFY(asked(elsewhere_, "logo.png") > 0);
    QVERIFY(!QJsonDocument(elsewhere_.requests()).toJson().contains("hf_reader"));
  }

  void picturesOnTheirWayEndWithThePage() {
    const HubHome home(hub_);
    Workbench bench = makeBench();
    bench.window->showPanel("library");
    bench.window->library().showView(LibraryPanel::kHub);
    HubPage& hub = bench.window->library().hub();
    hub.openModel("lab/pictures");
    ModelPage& page = hub.modelPage();
    auto* button = page.findChild<QAbstractButton*>("library.pictures");
    QTRY_VERIFY(!page.busy() && button->isVisible());
    hub_.setFaults({QJsonObject{{"path", "chart.png"}, {"delay", 600}}});
    button->click();
    QTRY_VERIFY(bench.engines->files().hasPending());
    hub.openModel("lab/small");
    QTRY_VERIFY(!bench.engines->files().hasPending());
    QVERIFY(!page.busy() && !button->isVisible());
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
    const CacheTarget small{"lab/small", home.cache()};
    page.markDeleted(small);
    QCOMPARE(tree->topLevelItemCount(), 1);
    const QString folder = home.cache() + "/models--lab--small";
    QVERIFY(QFile::exists(folder));
    page.undo();
    QCOMPARE(tree->topLevelItemCount(), 2);
    page.markDeleted(small);
    bench.window->close();
    QVERIFY(!QFile::exists(folder));
    QVERIFY(QFile::exists(home.cache() + "/models--lab--other"));
  }

  void anAddedCacheIsShownAndUsedUntilItIsRemoved() {
    const HubHome home(hub_);
    {
      Workbench bench = makeBench();
      download(bench, "lab/small");
      download(bench, "lab/other");
    }
    const QTemporaryDir place;
    const QString other = place.filePath("other cache");
    QVERIFY(QDir().mkdir(other) &&
            QFile::rename(home.cache() + "/models--lab--small", other + "/models--lab--small"));
    Workbench bench = makeBench();
    bench.window->showPanel("library");
    bench.window->library().showView(LibraryPanel::kCache);
    CachePage& page = bench.window->library().cache();
    auto* tree = page.findChild<QTreeWidget*>("library.cached");
    QTRY_COMPARE(tree->topLevelItemCount(), 1);
    page.addCache(other);
    QTRY_COMPARE(tree->topLevelItemCount(), 2);
    QTRY_VERIFY(bench.library->find("lab/small") != nullptr);
    protocol::PlanDownloadParams params;
    params.model = "lab/small";
    std::optional<protocol::HubPlan> plan;
    bench.engines->files().request<protocol::PlanDownloadParams>(
        params, &page, [&](const protocol::HubPlan& made) { plan = made; },
        [](const EngineError& error) { qWarning() << error.message; });
    QTRY_VERIFY(plan);
    QCOMPARE(plan->bytesLeft, 0);
    QCOMPARE(QString::fromStdString(plan->cache), other);
    page.markDeleted({"lab/small", other});
    page.deleteNow();
    QTRY_COMPARE(tree->topLevelItemCount(), 1);
    QTRY_VERIFY(!QFile::exists(other + "/models--lab--small"));
    auto* remove = page.findChild<QAbstractButton*>("library.removeCache");
    QVERIFY(remove);
    remove->click();
    QTRY_COMPARE(page.scan().caches.size(), std::size_t{1});
    QVERIFY(QFile::exists(other));
    page.addCache("/a:b");
    QVERIFY(bench.library->caches().added().isEmpty());
  }

  void enginesThatStartLaterKnowAddedCaches() {
    const HubHome home(hub_);
    QTemporaryDir folder;
    QSettings settings(folder.filePath("settings.ini"), QSettings::IniFormat);
    JobsModel jobs;
    EnginePool engines(qEnvironmentVariable("ORRERY_CLI"), {"engine"}, jobs);
    settings.setValue("hub/caches", QStringList{folder.path()});
    CacheFolders caches(settings, engines);
    std::optional<protocol::ScanCacheResult> scan;
    engines.files().request<protocol::ScanCacheParams>(
        {}, &caches, [&](const protocol::ScanCacheResult& made) { scan = made; },
        [](const EngineError& error) { qWarning() << error.message; });
    QTRY_VERIFY(scan);
    QCOMPARE(scan->caches.size(), std::size_t{2});
    QCOMPARE(QString::fromStdString(scan->caches[1].folder), folder.path());
  }

  void verifyNamesTheFileThatIsNotAsPublished() {
    const HubHome home(hub_);
    Workbench bench = makeBench();
    download(bench, "lab/small");
    bench.window->showPanel("library");
    bench.window->library().showView(LibraryPanel::kCache);
    CachePage& page = bench.window->library().cache();
    QTRY_VERIFY(!page.scan().caches.empty());
    const auto& revision = page.scan().caches[0].repositories.at(0).revisions.at(0);
    const CacheTarget target{"lab/small@" + QString::fromStdString(revision.commit), home.cache()};
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
