#include "ui/chat/conversation_store.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSqlError>
#include <QSqlQuery>
#include <QUuid>
#include <QVariant>

#include "core/base/error.h"
#include "ui/chat/token_json.h"

namespace orrery::ui {
namespace {

constexpr int kVersion = 2;
constexpr const char* kPictures =  // since version 2: a JSON list of files, or nothing
    "ALTER TABLE message ADD COLUMN pictures TEXT NOT NULL DEFAULT ''";
constexpr const char* kSchema[] = {
    "CREATE TABLE conversation (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL,"
    " system TEXT NOT NULL, model TEXT NOT NULL, leaf INTEGER NOT NULL, updated INTEGER NOT NULL,"
    " removed INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE message (conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE "
    "CASCADE,"
    " id INTEGER NOT NULL, parent INTEGER NOT NULL, role INTEGER NOT NULL, text TEXT NOT NULL,"
    " model TEXT NOT NULL, tokens BLOB NOT NULL, stats TEXT NOT NULL,"
    " PRIMARY KEY (conversation, id)) WITHOUT ROWID",
};

[[noreturn]] void fail(const QString& path, const QSqlError& error) {
  throw Error(ErrorKind::kIo, "{}: {}", path.toStdString(),
              quoted(error.text().toStdString(), 200));
}

QSqlQuery run(const QSqlDatabase& db, const QString& path, const QString& sql,
              const QVariantList& values) {
  QSqlQuery query(db);
  query.setForwardOnly(true);
  if (!query.prepare(sql)) fail(path, query.lastError());
  for (const QVariant& value : values) query.addBindValue(value);
  if (!query.exec()) fail(path, query.lastError());
  return query;
}

qint64 now() {
  return QDateTime::currentMSecsSinceEpoch();
}

// A QString that is null would be stored as NULL.
QString text(const QString& value) {
  return value.isNull() ? QStringLiteral("") : value;
}

QString filesToJson(const QStringList& files) {
  return files.isEmpty()
             ? QStringLiteral("")
             : QString::fromUtf8(
                   QJsonDocument(QJsonArray::fromStringList(files)).toJson(QJsonDocument::Compact));
}

QStringList filesFromJson(const QByteArray& json) {
  QStringList files;
  for (const QJsonValue& file : QJsonDocument::fromJson(json).array()) files += file.toString();
  return files;
}

QString likePattern(QString search) {
  search.replace(QLatin1Char('\\'), QStringLiteral("\\\\"))
      .replace(QLatin1Char('%'), QStringLiteral("\\%"))
      .replace(QLatin1Char('_'), QStringLiteral("\\_"));
  return QLatin1Char('%') + search + QLatin1Char('%');
}

}  // namespace

ConversationStore::ConversationStore(const QString& path)
    : path_(path), connection_(QUuid::createUuid().toString()) {
  QDir().mkpath(QFileInfo(path).absolutePath());
  db_ = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection_);
  db_.setDatabaseName(path);
  if (!db_.open()) fail(path, db_.lastError());
  exec(QStringLiteral("PRAGMA busy_timeout = 3000"));
  exec(QStringLiteral("PRAGMA journal_mode = WAL"));
  exec(QStringLiteral("PRAGMA synchronous = NORMAL"));
  exec(QStringLiteral("PRAGMA foreign_keys = ON"));
  if (version() > kVersion)
    throw Error(ErrorKind::kUnsupported, "{}: version {} of the conversations, expected at most {}",
                path.toStdString(), version(), kVersion);
  if (version() == kVersion) return;
  exec(QStringLiteral("BEGIN IMMEDIATE"));
  if (version() == kVersion) {  // another window was faster
    exec(QStringLiteral("ROLLBACK"));
    return;
  }
  if (version() == 0)
    for (const char* statement : kSchema) exec(QString::fromLatin1(statement));
  exec(QString::fromLatin1(kPictures));
  exec(QStringLiteral("PRAGMA user_version = %1").arg(kVersion));
  exec(QStringLiteral("COMMIT"));
}

ConversationStore::~ConversationStore() {
  db_.close();
  db_ = QSqlDatabase();
  QSqlDatabase::removeDatabase(connection_);
}

int ConversationStore::version() const {
  auto query = run(db_, path_, QStringLiteral("PRAGMA user_version"), {});
  return query.next() ? query.value(0).toInt() : 0;
}

void ConversationStore::exec(const QString& sql, const QVariantList& values) const {
  run(db_, path_, sql, values);
}

QList<ConversationSummary> ConversationStore::list(const QString& search) const {
  QString sql = QStringLiteral("SELECT id, title, updated FROM conversation c WHERE removed = 0");
  QVariantList values;
  if (!search.trimmed().isEmpty()) {
    sql += QStringLiteral(
        " AND (title LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM message m"
        " WHERE m.conversation = c.id AND m.text LIKE ? ESCAPE '\\'))");
    values = {likePattern(search.trimmed()), likePattern(search.trimmed())};
  }
  auto query = run(db_, path_, sql + QStringLiteral(" ORDER BY updated DESC, id DESC"), values);
  QList<ConversationSummary> result;
  while (query.next())
    result.append({query.value(0).toLongLong(), query.value(1).toString(),
                   QDateTime::fromMSecsSinceEpoch(query.value(2).toLongLong())});
  return result;
}

ChatState ConversationStore::load(qint64 id) const {
  ChatState state;
  auto query =
      run(db_, path_,
          QStringLiteral("SELECT title, system, model, leaf FROM conversation WHERE id = ?"), {id});
  if (!query.next())
    throw Error(ErrorKind::kNotFound, "{}: no conversation has number {}", path_.toStdString(), id);
  state.id = id;
  state.title = query.value(0).toString();
  state.system = query.value(1).toString();
  state.model = query.value(2).toString();
  state.leaf = query.value(3).toLongLong();
  auto rows = run(db_, path_,
                  QStringLiteral("SELECT id, parent, role, text, model, tokens, stats, pictures"
                                 " FROM message"
                                 " WHERE conversation = ? ORDER BY id"),
                  {id});
  while (rows.next()) {
    ChatMessage message;
    message.id = rows.value(0).toLongLong();
    message.parent = rows.value(1).toLongLong();
    message.role = rows.value(2).toInt() == 0 ? Role::kUser : Role::kAssistant;
    message.text = rows.value(3).toString();
    message.model = rows.value(4).toString();
    message.tokens = tokensFromJson(rows.value(5).toByteArray());
    message.stats = statsFromJson(rows.value(6).toByteArray());
    message.pictures = filesFromJson(rows.value(7).toByteArray());
    state.messages.push_back(std::move(message));
  }
  return state;
}

void ConversationStore::saveHeader(ChatState& state) {
  const QVariantList values{text(state.title), text(state.system), text(state.model), state.leaf,
                            now()};
  if (state.id == 0) {
    const auto query = run(
        db_, path_,
        QStringLiteral(
            "INSERT INTO conversation (title, system, model, leaf, updated) VALUES (?,?,?,?,?)"),
        values);
    state.id = query.lastInsertId().toLongLong();
    return;
  }
  exec(QStringLiteral(
           "UPDATE conversation SET title=?, system=?, model=?, leaf=?, updated=? WHERE id=?"),
       values + QVariantList{state.id});
}

void ConversationStore::saveMessage(qint64 conversation, const ChatMessage& m) {
  exec(QStringLiteral("INSERT OR REPLACE INTO message (conversation, id, parent, role, text, model,"
                      " tokens, stats, pictures) VALUES (?,?,?,?,?,?,?,?,?)"),
       {conversation, m.id, m.parent, m.role == Role::kUser ? 0 : 1, text(m.text), text(m.model),
        tokensToJson(m.tokens), QString::fromUtf8(statsToJson(m.stats)), filesToJson(m.pictures)});
}

void ConversationStore::remove(qint64 id) {
  exec(QStringLiteral("UPDATE conversation SET removed = 1 WHERE id = ?"), {id});
}

void ConversationStore::restore(qint64 id) {
  exec(QStringLiteral("UPDATE conversation SET removed = 0 WHERE id = ?"), {id});
}

void ConversationStore::purge() {
  exec(QStringLiteral("DELETE FROM conversation WHERE removed = 1"));
}

}  // namespace orrery::ui
