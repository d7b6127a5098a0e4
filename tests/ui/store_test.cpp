#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>

#include "core/base/error.h"
#include "tests/support/test_main.h"
#include "ui/chat/conversation_store.h"

using namespace orrery;
using namespace orrery::ui;

namespace {

ChatState conversation() {
  ChatState state;
  state.system = "Be brief.";
  state.model = "/models/a";
  state.add(Role::kUser, "Wie heißt das? 100 % \\ _x", 0);
  ChatMessage& answer = state.add(Role::kAssistant, "Zürich 🎉", 1);
  answer.tokens = {{7, "Zürich", -0.25, 1.5, false, {{7, "Zürich", -0.25}, {8, " Bern", -2}}},
                   {9, " 🎉", -1, 0.5, true, {}}};
  answer.stats = {12, 2, 0.1, 33.5, "eos", ""};
  return state;
}

void save(ConversationStore& store, ChatState& state) {
  store.saveHeader(state);
  for (const ChatMessage& message : state.messages) store.saveMessage(state.id, message);
}

}  // namespace

class StoreTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  QString path(const char* name) const { return folder_.filePath(name); }

 private slots:
  void everythingComesBackAfterReopening() {
    ChatState state = conversation();
    {
      ConversationStore store(path("a b ü.sqlite"));
      save(store, state);
    }
    const ConversationStore store(path("a b ü.sqlite"));
    QVERIFY(store.load(state.id) == state);
  }
  void asecondConnectionSeesWhatWasSaved() {  // what a killed window has saved is in the file
    ConversationStore writer(path("live.sqlite"));
    ChatState state = conversation();
    save(writer, state);
    const ConversationStore reader(path("live.sqlite"));
    QVERIFY(reader.load(state.id) == state);
  }
  void searchFindsMessagesAndTakesSignsLiterally() {
    ConversationStore store(path("search.sqlite"));
    ChatState state = conversation();
    save(store, state);
    QCOMPARE(store.list("rich").size(), 1);
    QCOMPARE(store.list("Bern").size(), 0);  // alternatives are no text of the conversation
    QCOMPARE(store.list("100 % \\ _x").size(), 1);
    QCOMPARE(store.list("100 _ ").size(), 0);
    QCOMPARE(store.list("").size(), 1);
  }
  void removedComesBackUntilPurged() {
    ConversationStore store(path("remove.sqlite"));
    ChatState state = conversation();
    save(store, state);
    store.remove(state.id);
    QVERIFY(store.list().isEmpty());
    store.restore(state.id);
    QCOMPARE(store.list().size(), 1);
    store.remove(state.id);
    store.purge();
    QVERIFY_EXCEPTION_THROWN(store.load(state.id), Error);
  }
  void aFileThatIsNoDatabaseIsAnErrorThatNamesIt() {
    const QString name = path("foreign.sqlite");
    QFile file(name);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(4096, 'x'));
    file.close();
    try {
      ConversationStore store(name);
      QFAIL("opened");
    } catch (const Error& error) {
      QVERIFY(QString(error.what()).startsWith(name));
    }
  }
  void conversationsOfTheFirstVersionGetPictures() {
    ChatState state = conversation();
    {
      ConversationStore store(path("old.sqlite"));
      save(store, state);
    }
    {
      auto db = QSqlDatabase::addDatabase("QSQLITE", "old");
      db.setDatabaseName(path("old.sqlite"));
      QVERIFY(db.open());
      QVERIFY(db.exec("ALTER TABLE message DROP COLUMN pictures").isActive());
      db.exec("PRAGMA user_version = 1");
    }
    QSqlDatabase::removeDatabase("old");
    ConversationStore store(path("old.sqlite"));
    QVERIFY(store.load(state.id) == state);
    state.messages[0].pictures = QStringList{"/a \"picture\".png", "/ä.jpg"};
    save(store, state);
    QVERIFY(store.load(state.id) == state);
  }
};

ORRERY_TEST(StoreTest)
#include "store_test.moc"
