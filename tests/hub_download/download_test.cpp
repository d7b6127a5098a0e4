// Downloads in one process: pause, continue, limits that change, a network that comes back, and
// the choice of files.

#include <QTest>
#include <filesystem>
#include <thread>

#include "core/hub/download.h"
#include "tests/hub/stand_in.h"
#include "tests/support/test_main.h"

namespace orrery::hub {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr double kSize = 3e6;

RepositoryTree treeOf(std::initializer_list<const char*> names) {
  RepositoryTree tree{std::string(40, 'c'), {}};
  for (const char* name : names)
    tree.files.push_back({name, 10 + tree.files.size(), std::string(40, 'a'), {}, {}});
  return tree;
}

QStringList chosen(const RepositoryTree& tree, const FileChoice& choice = {}) {
  QStringList names;
  for (const auto& file : chooseFiles(tree, choice)) names << QString::fromStdString(file.path);
  return names;
}

class HubDownloadTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    const QJsonObject weights{{"size", kSize}, {"seed", 1}};
    const QJsonObject repository{{"id", "lab/model"},
                                 {"files", QJsonObject{{"model.safetensors", weights}}}};
    hub_ = std::make_unique<StandIn>(QJsonObject{{"repositories", QJsonArray{repository}}});
  }
  void cleanupTestCase() { hub_.reset(); }

  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    settings_ = {};
    settings_.endpoint = hub_->address().toStdString();
    settings_.cacheFolder = folder_->path().toStdString();
    hub_->setFaults({});
    hub_->clear();
  }

  void pausedNothingComes() {
    hub_->setFaults({slowly()});
    DownloadControl control;
    double before = 0;
    double after = 0;
    std::jthread user([&] {
      waitForBytes(kSize / 10);
      control.paused = true;
      std::this_thread::sleep_for(300ms);  // what was on its way
      before = present();
      std::this_thread::sleep_for(500ms);
      after = present();
      control.paused = false;
    });
    const fs::path snapshot = fetch(control);
    user.join();
    QVERIFY(before < kSize);
    QCOMPARE(after, before);
    QCOMPARE(double(fs::file_size(snapshot / "model.safetensors")), kSize);
  }

  void pauseCostsNoByte() {
    hub_->setFaults({slowly()});
    DownloadControl control;
    std::jthread user([&] {
      waitForBytes(kSize / 4);
      control.paused = true;
      std::this_thread::sleep_for(200ms);
      control.paused = false;
    });
    fetch(control);
    user.join();
    const double sent = hub_->bytesSent();  // with what was on its way when it was cut off
    QVERIFY2(sent < 1.5 * kSize, qPrintable(QString::number(sent)));
  }

  void aLimitThatChanges() {
    DownloadControl control;
    control.bytesPerSecond = 1e6;
    const auto begin = Clock::now();
    std::jthread user([&] {
      std::this_thread::sleep_for(1s);
      control.bytesPerSecond = 0;
    });
    fetch(control);
    user.join();
    const auto took = Clock::now() - begin;
    QVERIFY(took > 900ms);
    QVERIFY(took < 2500ms);  // at the first limit it would be three seconds
  }

  void cancelledItGoesOnLater() {
    hub_->setFaults({slowly()});
    const CancelToken cancel;
    std::jthread user([&] {
      waitForBytes(kSize / 4);
      cancel.cancel();
    });
    const DownloadControl control;
    QVERIFY_THROWS_EXCEPTION(Error, fetch(control, cancel));
    user.join();
    const double kept = present();
    QVERIFY(kept >= kSize / 4);
    hub_->setFaults({});
    hub_->clear();
    fetch(control);
    QVERIFY(hub_->bytesSent() <= kSize - kept + 20'000);  // with the answers of the API
  }

  void aNetworkThatComesBack() {
    const DownloadPlan plan = makePlan();
    Settings away = settings_;
    away.endpoint = "http://127.0.0.1:9";  // nobody listens
    HttpClient client(away);
    DownloadControl control;
    control.waitForNetwork = true;
    const CancelToken cancel;
    QStringList notices;
    DownloadEvents events;
    events.notice = [&](const std::string& sentence) {
      notices << QString::fromStdString(sentence);
      cancel.cancel();
    };
    const RepositoryCache cache(away.cacheFolder, plan.id);
    QVERIFY_THROWS_EXCEPTION(Error, download(client, cache, plan, cancel, events, &control));
    QCOMPARE(notices.size(), 1);
    QVERIFY(notices[0].contains("cannot be reached") && notices[0].contains("trying again"));
  }

  void oneFormatOfWeightsIsChosen() {
    QCOMPARE(chosen(treeOf({"config.json", "README.md", "model.safetensors", "pytorch_model.bin",
                            "tf_model.h5", "onnx/model.onnx", "tokenizer.json"})),
             QStringList({"config.json", "model.safetensors", "tokenizer.json"}));
    QCOMPARE(chosen(treeOf({"config.json", "model-00001-of-00002.safetensors",
                            "model-00002-of-00002.safetensors", "model.safetensors.index.json"})),
             QStringList({"config.json", "model-00001-of-00002.safetensors",
                          "model-00002-of-00002.safetensors", "model.safetensors.index.json"}));
    QCOMPARE(chosen(treeOf({"config.json", "pytorch_model.bin", "flax_model.msgpack"})),
             QStringList({"config.json", "pytorch_model.bin"}));
    QCOMPARE(chosen(treeOf({"a-Q8_0.gguf", "a-Q4_K_M.gguf", "mmproj-a.gguf"})),
             QStringList({"a-Q4_K_M.gguf"}));
  }

  void withoutWeightsTextIsLeft() {
    const FileChoice text{{}, {}, {}, false, false};
    QCOMPARE(chosen(treeOf({"config.json", "model.safetensors", "tokenizer.json"}), text),
             QStringList({"config.json", "tokenizer.json"}));
    QCOMPARE(chosen(treeOf({"a-Q4_0.gguf"}), text), QStringList({"a-Q4_0.gguf"}));
  }

 private:
  static QJsonObject slowly() { return {{"on", "cdn"}, {"drip", 50'000}, {"seconds", 0.02}}; }

  DownloadPlan makePlan() {
    HttpClient client(settings_);
    const ModelReference model{"lab/model"};
    RepositoryTree tree = fetchTree(client, model.id, fetchCommit(client, model, {}), {});
    return planDownload(RepositoryCache(settings_.cacheFolder, model.id), model.id, model.revision,
                        std::move(tree), {.all = true});
  }

  fs::path fetch(const DownloadControl& control, const CancelToken& cancel = {}) {
    const DownloadPlan plan = makePlan();
    HttpClient client(settings_);
    return download(client, RepositoryCache(settings_.cacheFolder, plan.id), plan, cancel, {},
                    &control);
  }

  /// Bytes of the file that the cache has.
  double present() const {
    double most = 0;
    std::error_code failure;
    const fs::path blobs = settings_.cacheFolder / "models--lab--model" / "blobs";
    for (fs::directory_iterator at(blobs, failure), end; !failure && at != end;
         at.increment(failure))
      most = std::max(most, double(at->file_size(failure)));
    return most;
  }

  void waitForBytes(double bytes) const {
    const auto end = Clock::now() + 20s;
    while (present() < bytes && Clock::now() < end) std::this_thread::sleep_for(10ms);
  }

  std::unique_ptr<StandIn> hub_;
  std::unique_ptr<QTemporaryDir> folder_;
  Settings settings_;
};

ORRERY_TEST(HubDownloadTest)

}  // namespace
}  // namespace orrery::hub

#include "download_test.moc"
