// Kills engines and windows at random moments while an answer is generated, and looks at what is
// left: the words, the processes, the next start.

#include <signal.h>

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>

#include "core/base/file.h"
#include "core/base/json.h"
#include "tests/support/test_main.h"
#include "ui/chat/conversation_store.h"

using namespace orrery;
using namespace orrery::ui;

namespace {

constexpr int kWaitMilliseconds = 20000;  // for what must happen; a loaded machine is slow
constexpr int kLookMilliseconds = 20;
constexpr int kLongestDelay = 1500;  // between the question and the kill

/// Processes whose environment names `folder`: this data folder's windows and their engines.
QList<pid_t> processesOf(const QString& folder) {
  QList<pid_t> found;
  for (const QString& entry : QDir("/proc").entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
    bool number = false;
    const pid_t pid = entry.toInt(&number);
    QFile environment(QStringLiteral("/proc/%1/environ").arg(entry));
    if (!number || !environment.open(QIODevice::ReadOnly)) continue;
    if (environment.readAll().contains("ORRERY_DATA=" + folder.toUtf8() + '\0')) found += pid;
  }
  return found;
}

template <class Condition>
bool waitUntil(Condition condition) {
  QElapsedTimer clock;
  clock.start();
  while (!condition()) {
    if (clock.hasExpired(kWaitMilliseconds)) return false;
    QTest::qSleep(kLookMilliseconds);
  }
  return true;
}

}  // namespace

class KillTest : public QObject {
  Q_OBJECT

  QTemporaryDir data_;
  QProcess window_;
  int asked_ = 0;
  int amidWords_ = 0;  ///< kills after the first word
  QString store() const { return data_.filePath("conversations.sqlite"); }
  QString question() const {
    return QStringLiteral("Write a story of a hundred sentences. It is number %1.").arg(asked_);
  }

  /// Starts a window that asks the next question; true once the question is kept.
  bool askInAWindow() {
    ++asked_;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("ORRERY_DATA", data_.path());
    environment.insert("HF_HOME", data_.filePath("no-hub"));
    QString model = qEnvironmentVariable("ORRERY_KILL_MODEL");
    if (model.isEmpty()) {
      environment.insert("ORRERY_CLI", qEnvironmentVariable("ORRERY_FAKE_ENGINE"));
      environment.insert("ORRERY_FAKE_SCRIPT", data_.filePath("script.json"));
      model = "/models/fake";
    }
    window_.setProcessEnvironment(environment);
    window_.setProcessChannelMode(QProcess::MergedChannels);
    window_.start(qEnvironmentVariable("ORRERY_WINDOW"),
                  {"--panel", "chat", "--model", model, "--prompt", question(), "--run"});
    return window_.waitForStarted() && waitUntil([this] { return !answer().isNull(); });
  }

  /// The kept answer to the newest question: null before it is asked, empty before its first word.
  QString answer(AnswerStats* stats = nullptr) const {
    if (!QFile::exists(store())) return {};
    const ConversationStore kept(store());
    for (const ConversationSummary& summary : kept.list(question())) {
      const ChatState state = kept.load(summary.id);
      const auto path = state.path();
      if (path.size() < 2 || path[0]->text != question()) continue;
      if (stats) *stats = path[1]->stats;
      return path[1]->text.isNull() ? QStringLiteral("") : path[1]->text;
    }
    return {};
  }

  static void waitAMoment() {
    QTest::qSleep(static_cast<int>(QRandomGenerator::global()->bounded(kLongestDelay)));
  }

  void checkNothingIsLeft() {
    QVERIFY2(waitUntil([this] { return processesOf(data_.path()).isEmpty(); }),
             "a process is left");
    const ConversationStore kept(store());
    QCOMPARE(kept.list().size(), asked_);
  }

 private slots:
  void initTestCase() {
    QVERIFY(data_.isValid());
    Json reply = Json::array();
    for (int i = 0; i < 4000; ++i) reply.push_back(" word");
    writeFileAtomically(data_.filePath("script.json").toStdString(),
                        Json{{"token_ms", 5}, {"load_ms", 50}, {"reply", reply}}.dump());
  }

  void cleanupTestCase() {
    qInfo("%d of %d were killed after the first words", amidWords_, asked_);
    QVERIFY2(amidWords_ > 0, "every kill came before the answer");
  }

  void cleanup() {  // also after a failure nothing may stay
    for (const pid_t pid : processesOf(data_.path())) ::kill(pid, SIGKILL);
    window_.waitForFinished();
  }

  void killed_data() {
    QTest::addColumn<bool>("windowDies");
    const int kills = std::max(2, qEnvironmentVariableIntValue("ORRERY_KILLS"));
    const int count = qEnvironmentVariableIsSet("ORRERY_KILLS") ? kills : 6;
    for (int i = 0; i < count; ++i)
      QTest::addRow("%s %d", i % 2 == 0 ? "window" : "engine", i + 1) << (i % 2 == 0);
  }
  void killed() {
    QFETCH(bool, windowDies);
    QVERIFY2(askInAWindow(), window_.readAll());
    waitAMoment();
    const QString before = answer();
    if (!before.isEmpty()) ++amidWords_;
    if (windowDies) {
      ::kill(static_cast<pid_t>(window_.processId()), SIGKILL);
    } else {
      const auto own = static_cast<pid_t>(window_.processId());
      for (const pid_t pid : processesOf(data_.path()))
        if (pid != own) ::kill(pid, SIGKILL);
      AnswerStats stats;
      QVERIFY2(waitUntil([&] { return answer(&stats), !stats.error.isEmpty(); }),
               "the death of the engine was not noticed");
      QVERIFY2(stats.error.contains("signal 9"), qPrintable(stats.error));
      QCOMPARE(window_.state(), QProcess::Running);
      window_.kill();
    }
    QVERIFY(window_.waitForFinished());
    QVERIFY2(answer().startsWith(before), "words that were kept are gone");
    checkNothingIsLeft();
  }
};

ORRERY_TEST(KillTest)
#include "kill_test.moc"
