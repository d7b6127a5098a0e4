#include "core/training/run_list.h"

#include <filesystem>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/training/run_layout.h"
#include "core/training/run_times.h"
#include "tests/support/test_main.h"

#include <QTemporaryDir>

using namespace orrery;
using namespace orrery::training;

namespace {

namespace fs = std::filesystem;

class Runs {
 public:
  fs::path path() const { return dir_.path().toStdString(); }
  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((path() / file).parent_path());
    writeFileAtomically(path() / file, text);
  }
  /// A run that was stopped at step 4 behind its checkpoint of step 3.
  void writeStopped(const std::string& run) const {
    write(run + "/training_args.json", R"({"learning_rate": 0.1, "output_dir": "x"})");
    write(run + "/metrics.jsonl", "{\"loss\":2.0,\"step\":1}\n{\"loss\":1.0,\"step\":4}\n{\"lo");
    write(run + "/times.jsonl", "{\"seconds\":0.5,\"step\":1}\n{\"seconds\":2.5,\"step\":4}\n");
    write(run + "/checkpoint-3/config.json", R"({"model_type": "patchtst"})");
    write(run + "/checkpoint-3/trainer_state.json",
          R"({"global_step": 3, "best_metric": 0.4, "best_global_step": 2})");
    write(run + "/checkpoint-4.partial/config.json", "{}");
  }
  std::vector<RunSummary> list() const { return listRuns(path(), {}); }

 private:
  QTemporaryDir dir_;
};

}  // namespace

class RunListTest : public QObject {
  Q_OBJECT

 private slots:
  void stoppedRunsTellWhereTheyAre() {
    const Runs runs;
    runs.writeStopped("a/b");
    const auto found = runs.list();
    QCOMPARE(found.size(), std::size_t{1});
    const RunSummary& run = found[0];
    QCOMPARE(run.folder, runs.path() / "a" / "b");
    QCOMPARE(run.state, RunSummary::State::kStopped);
    QCOMPARE(run.problem, std::string());
    QCOMPARE(run.modelType, std::string("patchtst"));
    QVERIFY(run.settings.at("learning_rate") == Json(0.1));
    QVERIFY(run.checkpoints == std::vector<std::int64_t>{3});
    QCOMPARE(run.step, 3);
    QCOMPARE(*run.best, 0.4);
    QCOMPARE(run.bestStep, 2);
    QCOMPARE(run.metrics.size(), std::size_t{2});
    QVERIFY(run.metrics[1].at("seconds") == Json(2.5));
  }
  void finishedRunsHaveAModel() {
    const Runs runs;
    runs.writeStopped("a");
    runs.write("a/trainer_state.json", R"({"global_step": 9, "best_metric": 0.2})");
    QCOMPARE(runs.list()[0].state, RunSummary::State::kStopped);
    runs.write("a/model.safetensors", "…");
    QCOMPARE(runs.list()[0].state, RunSummary::State::kFinished);
    QCOMPARE(runs.list()[0].step, 9);
    QCOMPARE(*runs.list()[0].best, 0.2);
  }
  void whatCannotBeReadIsToldWithItsRun() {
    const Runs runs;
    runs.writeStopped("a");
    runs.writeStopped("b");
    runs.write("b/training_args.json", "[");
    runs.writeStopped("c");
    runs.write("c/checkpoint-3/trainer_state.json", R"({"global_step": "three"})");
    for (const RunSummary& run : runs.list()) {
      const std::string name = run.folder.filename().string();
      if (name == "a") QCOMPARE(run.problem, std::string());
      if (name == "b") QVERIFY(run.problem.find("training_args.json") != std::string::npos);
      if (name == "c") QVERIFY(run.problem.find("global_step") != std::string::npos);
    }
    QCOMPARE(runs.list().size(), std::size_t{3});
  }
  void linksDepthAndOtherFoldersAreLeftOut() {
    const Runs runs;
    runs.writeStopped("1/2/3");
    runs.writeStopped("1/2/4/5");
    runs.writeStopped(".hidden");
    runs.write("other/training_args.json", "{}");
    fs::create_directory_symlink(runs.path(), runs.path() / "1" / "loop");
    QCOMPARE(runs.list().size(), std::size_t{1});
    QVERIFY_EXCEPTION_THROWN(listRuns(runs.path() / "none", {}), Error);
    const CancelToken cancel;
    cancel.cancel();
    QVERIFY_EXCEPTION_THROWN(listRuns(runs.path(), cancel), Error);
  }
  void timesGoOnBehindTheLinesThatAreKept() {
    const Runs runs;
    runs.writeStopped("a");
    RunTimes times;
    times.begin(runs.path() / "a", 1);
    QVERIFY(times.add(2) >= 0.5);
    const auto seconds = readTimes(runs.path() / "a");
    QCOMPARE(seconds.size(), std::size_t{2});
    QCOMPARE(seconds[0], 0.5);
    QVERIFY(seconds[1] >= 0.5 && seconds[1] < 2.5);
    times.begin(runs.path() / "a", 5);  // a run of before there were times
    QCOMPARE(readTimes(runs.path() / "a").size(), std::size_t{5});
  }
  void aRunIsNotTakenForAnother() {
    const Runs runs;
    OrderedJson document{{"config", {{"model_type", "patchtst"}}},
                         {"train_file", "a.csv"},
                         {"output_dir", (runs.path() / "a").string()}};
    auto settings = TrainingSettings::read(document, "settings");
    QVERIFY(!startingPoint(settings));
    runs.write("a/checkpoint-3/training_args.json", settings.toJson().dump());
    QVERIFY_EXCEPTION_THROWN(startingPoint(settings), Error);
    settings.resumeFromCheckpoint = true;
    QCOMPARE(*startingPoint(settings), runs.path() / "a" / "checkpoint-3");
    settings.learningRate = 1;
    QVERIFY_EXCEPTION_THROWN(startingPoint(settings), Error);
  }
};

ORRERY_TEST(RunListTest)
#include "run_list_test.moc"
