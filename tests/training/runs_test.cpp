// Whole runs: killed and gone on with, cut short by a full disk, on data that are no use.
#include <fmt/format.h>

#include <cmath>
#include <fstream>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/training/needs.h"
#include "core/training/run_list.h"
#include "core/training/series_data.h"
#include "core/training/trainer.h"
#include "tests/support/test_main.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>

using namespace orrery;
using namespace orrery::training;

namespace {

namespace fs = std::filesystem;

/// Two waves with noise, one row an hour.
void writeTable(const fs::path& path, int rows) {
  std::ofstream file(path);
  file << "date,a,b\n";
  unsigned noise = 1;
  for (int i = 0; i < rows; ++i) {
    noise = noise * 1664525u + 1013904223u;
    file << fmt::format("2020-01-{:02} {:02}:00:00,", 1 + i / 24, i % 24)
         << std::sin(i * 0.26) + (noise >> 20) * 1e-4 << ',' << 3 * std::cos(i * 0.26) - 1 << '\n';
  }
}

class Folder {
 public:
  Folder() { writeTable(path() / "table.csv", 200); }
  fs::path path() const { return dir_.path().toStdString(); }

  OrderedJson settings(const std::string& out) const {
    return {{"config",
             {{"model_type", "patchtst"},
              {"context_length", 24},
              {"prediction_length", 6},
              {"patch_length", 6},
              {"patch_stride", 6},
              {"d_model", 16},
              {"num_hidden_layers", 1},
              {"num_attention_heads", 2},
              {"ffn_dim", 16},
              {"ff_dropout", 0.2},
              {"pooling_type", nullptr}}},
            {"train_file", (path() / "table.csv").string()},
            {"output_dir", (path() / out).string()},
            {"learning_rate", 0.01},
            {"season", 24},
            {"per_device_train_batch_size", 16},
            {"max_steps", 20},
            {"logging_steps", 1},
            {"eval_strategy", "steps"},
            {"eval_steps", 4},
            {"save_steps", 3},
            {"save_total_limit", 2},
            {"load_best_model_at_end", true},
            {"resume_from_checkpoint", true}};
  }

 private:
  QTemporaryDir dir_;
};

OrderedJson train(const OrderedJson& document, const JobContext& context = {},
                  const MetricsCallback& onMetrics = {}, const PauseToken& pause = {}) {
  const auto settings = TrainingSettings::read(document, "settings");
  const auto table = readSeries(settings, context);
  const auto config = readConfig(settings, table);
  const auto data = seriesWindows(table, seriesForm(config, table, settings), settings);
  const auto trainable = makeTrainable(config, settings);
  return Trainer(settings, trainable, data, onMetrics).run(context, pause);
}

std::string weightsOf(const OrderedJson& settings) {
  return readTextFile(fs::path(settings["output_dir"].get<std::string>()) / "model.safetensors");
}

/// What the Error of a run says; empty if there is none.
std::string failureOf(const OrderedJson& settings) {
  try {
    train(settings);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

class RunsTest : public QObject {
  Q_OBJECT

 private slots:
  void learnsAndBeatsTheSeasonalNaiveForecast() {
    const Folder folder;
    auto settings = folder.settings("run");
    settings["max_steps"] = 150;
    settings["eval_steps"] = 50;
    const auto result = train(settings);
    QVERIFY(result["test_mse"].get<double>() < result["test_naive_mse"].get<double>());
    const auto lines =
        readTextFile(fs::path(settings["output_dir"].get<std::string>()) / "metrics.jsonl");
    QCOMPARE(std::count(lines.begin(), lines.end(), '\n'), 153);
  }

  void transformerOfEachColumnLearnsAndGoesOnToTheSameBytes_data() {
    QTest::addColumn<QString>("changes");
    QTest::newRow("informer") << R"({"model_type": "informer", "sampling_factor": 1})";
    QTest::newRow("autoformer") << R"({"model_type": "autoformer", "label_length": 4,
        "moving_average": 5})";
  }

  /// Informer draws keys, both drop layers: what they draw goes on with the run.
  void transformerOfEachColumnLearnsAndGoesOnToTheSameBytes() {
    QFETCH(QString, changes);
    const Folder folder;
    auto whole = folder.settings("whole"), halted = folder.settings("halted");
    for (auto* settings : {&whole, &halted}) {
      (*settings)["config"] = {
          {"context_length", 12},   {"prediction_length", 6}, {"lags_sequence", {1, 2, 12}},
          {"num_time_features", 4}, {"d_model", 16},          {"encoder_ffn_dim", 16},
          {"decoder_ffn_dim", 16}};
      (*settings)["config"].update(OrderedJson::parse(changes.toStdString()));
      (*settings)["max_steps"] = 40;
      (*settings)["eval_steps"] = 20;
    }
    double first = 0, last = 0;
    train(whole, {}, [&](const OrderedJson& line) {
      if (!line.contains("eval_loss")) return;
      last = line["eval_loss"].get<double>();
      if (first == 0) first = last;
    });
    QVERIFY(last < first);
    const JobContext context;
    QVERIFY_EXCEPTION_THROWN(train(halted, context,
                                   [&](const OrderedJson& line) {
                                     if (line["step"] == 7) context.cancel.cancel();
                                   }),
                             Error);
    train(halted);
    QVERIFY(weightsOf(whole) == weightsOf(halted));
  }

  void missingValuesAreRefusedOrFilled() {
    const Folder folder;
    auto settings = folder.settings("gaps");
    std::string table = readTextFile(folder.path() / "table.csv");
    const auto row = table.find("2020-01-03 00:00:00,") + 20;
    table.erase(row, table.find(',', row) - row);
    std::ofstream(folder.path() / "table.csv") << table;
    const std::string said = failureOf(settings);
    QVERIFY2(said.find("column \"a\", row 49") != said.npos, said.c_str());
    settings["gaps"] = "interpolate";
    QVERIFY(train(settings)["test_mse"].get<double>() < 10);
  }

  void cancelledRunGoesOnToTheSameBytes() {
    const Folder folder;
    const auto whole = folder.settings("whole"), halted = folder.settings("halted");
    train(whole);
    for (const int stop : {2, 5, 11}) {
      const JobContext context;
      const auto cancelAt = [&](const OrderedJson& line) {
        if (line["step"] == stop) context.cancel.cancel();
      };
      QVERIFY_EXCEPTION_THROWN(train(halted, context, cancelAt), Error);
    }
    train(halted);
    QVERIFY(weightsOf(whole) == weightsOf(halted));
    QVERIFY(readTextFile(folder.path() / "whole" / "metrics.jsonl") ==
            readTextFile(folder.path() / "halted" / "metrics.jsonl"));
  }

  void runCancelledInAnEvaluationKeepsItsStep() {
    const Folder folder;
    const auto whole = folder.settings("whole");
    auto halted = folder.settings("halted");
    train(whole);
    // The line of step 8 comes right before its evaluation, and the next checkpoint is that of 9.
    const JobContext context;
    const auto cancelAt = [&](const OrderedJson& line) {
      if (line["step"] == 8 && line.contains("loss")) context.cancel.cancel();
    };
    QVERIFY_EXCEPTION_THROWN(train(halted, context, cancelAt), Error);
    QVERIFY(fs::exists(folder.path() / "halted" / "checkpoint-8"));
    std::int64_t first = 0;
    train(halted, {}, [&](const OrderedJson& line) {
      if (first == 0) first = line["step"].get<std::int64_t>();
      if (first == line["step"]) QVERIFY(line.contains("eval_loss"));
    });
    QCOMPARE(first, 8);
    QVERIFY(weightsOf(whole) == weightsOf(halted));
    QVERIFY(readTextFile(folder.path() / "whole" / "metrics.jsonl") ==
            readTextFile(folder.path() / "halted" / "metrics.jsonl"));
  }

  void pausedRunSavesAndGoesOn() {
    const Folder folder;
    const auto settings = folder.settings("run");
    const JobContext context;
    const PauseToken pause;
    const auto pauseAt = [&](const OrderedJson& line) {
      if (line["step"] == 2) pause.set(true);
    };
    Job<OrderedJson> job([&](JobContext&) { return train(settings, context, pauseAt, pause); });
    QTRY_VERIFY(fs::exists(folder.path() / "run" / "checkpoint-2"));
    QVERIFY(!job.done());
    pause.set(false);
    QCOMPARE(job.wait()["global_step"].get<int>(), 20);
  }

  void linesTellHowLongTheRunHasWorked() {
    const Folder folder;
    auto settings = folder.settings("run");
    double before = 0;
    train(settings, {}, [&](const OrderedJson& line) {
      QVERIFY(line["seconds"].get<double>() >= before);
      before = line["seconds"].get<double>();
    });
    const auto runs = listRuns(folder.path(), {});
    QCOMPARE(runs.size(), std::size_t{1});
    QCOMPARE(runs[0].state, RunSummary::State::kFinished);
    QCOMPARE(runs[0].modelType, std::string("patchtst"));
    QCOMPARE(runs[0].step, 20);
    QVERIFY(runs[0].best && runs[0].problem.empty());
    QVERIFY(std::abs(runs[0].metrics.back()["seconds"].get<double>() - before) < 1e-3);
  }

  void needsAreMeasuredWithoutAFile() {
    const Folder folder;
    const auto settings = TrainingSettings::read(folder.settings("none"), "settings");
    const auto table = readSeries(settings, {});
    const auto config = readConfig(settings, table);
    const auto data = seriesWindows(table, seriesForm(config, table, settings), settings);
    const auto trainable = makeTrainable(config, settings);
    const auto needs = measureNeeds(settings, trainable, data, {});
    std::int64_t parameters = 0;
    for (const auto& entry : trainable.parameters->trained()) parameters += entry.value.numel();
    QCOMPARE(needs.parameters, parameters);
    QCOMPARE(needs.gradientBytes, 4 * parameters);
    QVERIFY(needs.optimizerBytes >= 8 * parameters);
    // At least what the projection of patches gives for a batch: 16 windows, 2 columns, 4 patches.
    QVERIFY2(needs.activationBytes > 16 * 2 * 4 * 16 * 4,
             std::to_string(needs.activationBytes).c_str());
    QCOMPARE(needs.counts.steps, 20);
    QCOMPARE(needs.evaluations, 5);
    QVERIFY(needs.secondsPerStep > 0 && needs.totalSeconds > 20 * needs.secondsPerStep);
    QVERIFY(!fs::exists(folder.path() / "none"));
  }

  void killedProcessGoesOnToTheSameBytes() {
    const Folder folder;
    auto settings = folder.settings("killed");
    settings["max_steps"] = 120;
    auto undisturbed = settings;
    undisturbed["output_dir"] = (folder.path() / "undisturbed").string();
    train(undisturbed);
    const auto file = folder.path() / "settings.json";
    std::ofstream(file) << settings.dump();
    int kills = 0;
    for (int attempt = 0; attempt < 40; ++attempt) {
      QProcess process;
      process.start(qEnvironmentVariable("ORRERY_CLI"),
                    {"train", QString::fromStdString(file.string())});
      QVERIFY(process.waitForReadyRead(60000) || process.state() == QProcess::NotRunning);
      if (kills < 5) {
        process.waitForFinished(3 + 11 * kills);  // somewhere in steps, evaluations, checkpoints
        process.kill();
      }
      QVERIFY(process.waitForFinished(120000));
      if (process.exitStatus() == QProcess::CrashExit) {
        ++kills;
        continue;
      }
      QCOMPARE(process.exitCode(), 0);
      break;
    }
    QVERIFY(kills > 0);
    QVERIFY(weightsOf(settings) == weightsOf(undisturbed));
  }

  void fullDiskLosesNoCheckpoint() {
    const Folder folder;
    auto settings = folder.settings("full");
    settings["max_steps"] = 3;
    train(settings);
    settings["max_steps"] = 9;
    const auto other = folder.path() / "full" / "checkpoint-3" / "training_args.json";
    auto document = OrderedJson::parse(readTextFile(other));
    document["max_steps"] = 9;
    std::ofstream(other) << document.dump();
    const auto file = folder.path() / "settings.json";
    std::ofstream(file) << settings.dump();
    QProcess process;
    process.start("bash",
                  {"-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" train \"$1\"",
                   qEnvironmentVariable("ORRERY_CLI"), QString::fromStdString(file.string())});
    QVERIFY(process.waitForFinished(60000));
    QCOMPARE(process.exitCode(), 1);
    const QString said = QString::fromUtf8(process.readAllStandardError());
    QVERIFY2(said.contains("checkpoint of step"), qPrintable(said));
    QCOMPARE(said.trimmed().count('\n'), 0);
    const auto left = QDir(QString::fromStdString((folder.path() / "full").string()))
                          .entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    QCOMPARE(left, QStringList{"checkpoint-3"});
  }

  void lossThatIsNoNumberEndsTheRunAndKeepsCheckpoints() {
    const Folder folder;
    auto settings = folder.settings("nan");
    settings["optim"] = "sgd";
    settings["max_grad_norm"] = 0;
    settings["learning_rate"] = 1000;
    settings["lr_scheduler_type"] = "constant_with_warmup";
    settings["warmup_steps"] = 12;
    settings["save_steps"] = 1;
    settings["save_total_limit"] = 0;
    settings["eval_strategy"] = "no";
    settings["load_best_model_at_end"] = false;
    const std::string said = failureOf(settings);
    QVERIFY2(said.find("no number any more") != said.npos, said.c_str());
    QVERIFY(fs::exists(folder.path() / "nan" / "checkpoint-1" / "model.safetensors"));
  }

  void earlyStoppingEndsTheRun() {
    const Folder folder;
    auto settings = folder.settings("early");
    settings["learning_rate"] = 0;
    settings["config"]["norm_type"] = "layernorm";  // a batch norm would still move
    settings["early_stopping_patience"] = 2;
    QCOMPARE(train(settings)["global_step"].get<int>(), 12);
  }

  void bfloat16Learns() {
    const Folder folder;
    auto settings = folder.settings("bf16");
    settings["bf16"] = true;
    settings["max_steps"] = 60;
    double first = 0, last = 0;
    train(settings, {}, [&](const OrderedJson& line) {
      if (!line.contains("loss")) return;
      last = line["loss"].get<double>();
      if (first == 0) first = last;
    });
    QVERIFY(last < 0.7 * first);
  }

  void badInputIsOneClearLine_data() {
    QTest::addColumn<QString>("setting");
    QTest::addColumn<QString>("expected");
    QTest::newRow("unknown") << R"({"learning_rat": 1})"
                             << "\"learning_rat\"";
    QTest::newRow("type") << R"({"max_steps": "many"})"
                          << "max_steps";
    QTest::newRow("range") << R"({"per_device_train_batch_size": 0})"
                           << "per_device_train_batch_size";
    QTest::newRow("schedule") << R"({"lr_scheduler_type": "square"})"
                              << "lr_scheduler_type";
    QTest::newRow("file") << R"({"train_file": "/no/such.csv"})"
                          << "/no/such.csv";
    QTest::newRow("column") << R"({"value_columns": ["c"]})"
                            << "\"c\"";
    QTest::newRow("text") << R"({"value_columns": ["date"]})"
                          << "column \"date\"";
    QTest::newRow("rows") << R"({"split": [20, 20, 20]})"
                          << "20 rows for training";
    QTest::newRow("split") << R"({"split": "ett"})"
                           << "14400 rows";
    QTest::newRow("no evaluation") << R"({"split": [1.0, 0, 0]})"
                                   << "split";
    QTest::newRow("model") << R"({"config": {"model_type": "bert"}})"
                           << "patchtst, patchtsmixer, informer";
    QTest::newRow("no training yet") << R"({"config": {"model_type": "timesfm"}})"
                                     << "config.model_type";
    QTest::newRow("time features") << R"({"config": {"model_type": "informer",
        "prediction_length": 6, "lags_sequence": [1], "num_time_features": 2}})"
                                   << "time_features: the model takes 2";
    QTest::newRow("gaps") << R"({"gaps": "mask"})"
                          << "gaps";
    QTest::newRow("channels") << R"({"value_columns": ["a"], "config": {"model_type": "patchtst",
        "num_input_channels": 2}})"
                              << "num_input_channels";
  }

  void badInputIsOneClearLine() {
    QFETCH(QString, setting);
    QFETCH(QString, expected);
    const Folder folder;
    auto settings = folder.settings("bad");
    settings.update(OrderedJson::parse(setting.toStdString()));
    const QString said = QString::fromStdString(failureOf(settings));
    QVERIFY2(said.contains(expected), qPrintable(said));
    QVERIFY(!said.contains('\n'));
  }

  void otherSettingsOrNoResumeAreRefused() {
    const Folder folder;
    auto settings = folder.settings("run");
    train(settings);
    settings["resume_from_checkpoint"] = false;
    QVERIFY(failureOf(settings).find("resume_from_checkpoint") != std::string::npos);
    settings["resume_from_checkpoint"] = true;
    settings["learning_rate"] = 0.5;
    QVERIFY(failureOf(settings).find("learning_rate was 0.01") != std::string::npos);
  }
};

ORRERY_TEST(RunsTest)
#include "runs_test.moc"
