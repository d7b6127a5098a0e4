#include "ui/chat/chat_state.h"

#include "tests/support/test_main.h"

using namespace orrery::ui;

namespace {

ChatState twoTurns() {
  ChatState state;
  state.add(Role::kUser, "first question", 0);
  state.add(Role::kAssistant, "first answer", state.leaf);
  state.add(Role::kUser, "second question", state.leaf);
  state.add(Role::kAssistant, "second answer", state.leaf);
  return state;
}

QStringList texts(const ChatState& state) {
  QStringList result;
  for (const ChatMessage* message : state.path()) result += message->text;
  return result;
}

}  // namespace

class ChatStateTest : public QObject {
  Q_OBJECT

 private slots:
  void firstQuestionGivesTheTitle() { QCOMPARE(twoTurns().title, QString("first question")); }
  void longTitleEndsAtAWord() {
    const QString title = titleFrom("Please explain to me how a transformer model works in detail");
    QVERIFY(title.endsWith(QChar(0x2026)));
    QVERIFY(title.size() <= 49);
    QVERIFY(!title.contains("detail"));
  }
  void editingAQuestionKeepsTheOldBranch() {
    ChatState state = twoTurns();
    state.edit(1, "other question");
    QCOMPARE(texts(state), QStringList{"other question"});
    QCOMPARE(state.versions(state.leaf), (std::vector<qint64>{1, 5}));
    state.show(1);
    QCOMPARE(texts(state).size(), 4);
    QCOMPARE(texts(state).last(), QString("second answer"));
  }
  void versionsOfAnAnswerDoNotCountOtherTurns() {
    ChatState state = twoTurns();
    state.add(Role::kAssistant, "again", 3);
    QCOMPARE(state.versions(state.leaf), (std::vector<qint64>{4, 5}));
    QCOMPARE(state.versions(2), (std::vector<qint64>{2}));
  }
  void branchAtATokenKeepsWhatCameBefore() {
    ChatState state;
    state.add(Role::kUser, "q", 0);
    ChatMessage& answer = state.add(Role::kAssistant, "abc", 1);
    answer.tokens = {{1, "a", -0.1, 0.2, false, {}},
                     {2,
                      "b",
                      -0.3,
                      0.4,
                      false,
                      {{
                          9,
                          "x",
                          -1,
                      }}},
                     {3, "c", -0.5, 0.6, false, {}}};
    const ChatMessage& branch = state.branchAt(2, 1, {9, "x", -1});
    QCOMPARE(branch.text, QString("ax"));
    QCOMPARE(branch.tokens.size(), std::size_t{2});
    QVERIFY(branch.tokens[1].forced);
    QCOMPARE(branch.tokens[1].logprob, -1.0);
    QCOMPARE(branch.parent, qint64{1});
    QCOMPARE(state.find(2)->text, QString("abc"));
  }
  void aLoopInADamagedStoreEnds() {
    ChatState state = twoTurns();
    state.find(1)->parent = 4;
    QCOMPARE(texts(state).size(), 4);
  }
};

ORRERY_TEST(ChatStateTest)
#include "chat_state_test.moc"
