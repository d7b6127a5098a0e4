#include <QClipboard>
#include <QDropEvent>
#include <QLabel>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QToolButton>

#include "tests/support/test_main.h"
#include "tests/ui/workbench.h"
#include "ui/chat/composer.h"
#include "ui/widgets/picture_strip.h"

using namespace orrery;
using namespace orrery::ui;
using orrery::test::Workbench;

namespace {

/// The chat with two pictures in its composer.
struct PicturesBench : Workbench {
  explicit PicturesBench(const Json& script = Json::object()) : Workbench(script) {
    for (const char* name : {"a.png", "b.png"}) {
      files += folder.filePath(name);
      QImage image(40, 30, QImage::Format_RGB32);
      image.fill(Qt::red);
      image.save(files.back());
    }
    window->showPanel("chat");
    window->chat().setModel("/models/fake");
    field = window->chat().findChild<QPlainTextEdit*>("chat.prompt");
    paste(urlsOf(files));
  }
  static QMimeData* urlsOf(const QStringList& files) {
    auto* data = new QMimeData;
    QList<QUrl> urls;
    for (const QString& file : files) urls += QUrl::fromLocalFile(file);
    data->setUrls(urls);
    return data;
  }
  void paste(QMimeData* data) {
    QGuiApplication::clipboard()->setMimeData(data);
    QTest::keyClick(field, Qt::Key_V, Qt::ControlModifier);
  }
  bool ready() {
    return session().engine() && session().engine()->state() == ModelEngine::State::kReady;
  }
  QString problem() {
    auto* label = window->chat().findChild<QLabel*>("chat.pictureProblem");
    return label->isVisible() ? label->text() : QString();
  }
  QStringList attached() { return window->chat().findChild<Composer*>()->pictures(); }

  QStringList files;
  QPlainTextEdit* field;
};

}  // namespace

class PictureStripTest : public QObject {
  Q_OBJECT

 private slots:
  void pastedFilesGoWithTheMessageAndAreKept() {
    PicturesBench bench;
    QCOMPARE(bench.attached(), bench.files);
    bench.field->setPlainText("What is this?");
    bench.window->chat().run();
    QVERIFY(bench.attached().isEmpty());
    QTRY_VERIFY(!bench.session().busy() && bench.session().state().messages.size() == 2);
    QCOMPARE(bench.session().state().messages[0].pictures, bench.files);
    const auto prompt = bench.session().prompt();
    const Json& content = prompt.messages->at(0).at("content");
    QCOMPARE(content.size(), std::size_t{3});
    QVERIFY((content[1] == Json{{"type", "image"}, {"path", bench.files[1].toStdString()}}));
    QVERIFY((content[2] == Json{{"type", "text"}, {"text", "What is this?"}}));
    const ChatState kept = bench.conversations->load(bench.session().state().id);
    QVERIFY(kept == bench.session().state());
    bench.session().edit(1, "And this?");
    QTRY_VERIFY(!bench.session().busy());
    const ChatMessage* edited = bench.session().state().path().front();
    QCOMPARE(edited->pictures, bench.files);
    QTRY_VERIFY(bench.window->chat().findChild<QWidget*>(
        QString("chat.message%1.picture0").arg(edited->id)));
  }
  void picturesAreTakenAwayByKeys() {
    PicturesBench bench;
    auto* first = bench.window->chat().findChild<QToolButton*>("chat.picture0");
    QVERIFY(first->accessibleName().contains("a.png"));
    QTest::keyClick(first, Qt::Key_Delete);
    QCOMPARE(bench.attached(), QStringList{bench.files[1]});
    auto* send = bench.window->chat().findChild<QToolButton*>("chat.send");
    QVERIFY(send->isEnabled());  // a picture alone is a question
  }
  void apastedPictureBecomesAFileAndTextStaysText() {
    QTemporaryDir data;
    qputenv("ORRERY_DATA", data.path().toUtf8());
    PicturesBench bench;
    auto* picture = new QMimeData;
    picture->setImageData(QImage(bench.files[0]));
    bench.paste(picture);
    QCOMPARE(bench.attached().size(), 3);
    QCOMPARE(QImage(bench.attached()[2]).size(), QSize(40, 30));
    auto* text = new QMimeData;
    text->setText("words");
    text->setImageData(QImage(bench.files[0]));
    bench.paste(text);
    QCOMPARE(bench.attached().size(), 3);
    QCOMPARE(bench.field->toPlainText(), QString("words"));
    qunsetenv("ORRERY_DATA");
  }
  void droppedAnywhereOnTheChatTheyAreAttached() {
    PicturesBench bench;
    std::unique_ptr<QMimeData> data(PicturesBench::urlsOf(bench.files));
    QWidget& chat = bench.window->chat();
    QDragEnterEvent enter({40, 40}, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&chat, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop({40, 40}, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&chat, &drop);
    QCOMPARE(bench.attached(), bench.files + bench.files);
    QCOMPARE(bench.window->currentPanel(), QString("chat"));
  }
  void aModelThatTakesNoneSaysSoBeforeAnythingIsSent() {
    const Json script{
        {"info", {{"path", ""}, {"has_chat_template", true}, {"takes_pictures", false}}}};
    PicturesBench bench(script);
    QTRY_VERIFY(bench.ready());
    QTRY_VERIFY(bench.problem().contains("takes no pictures"));
    QVERIFY(!bench.window->chat().findChild<QToolButton*>("chat.send")->isEnabled());
    bench.window->chat().run();
    QVERIFY(bench.session().state().messages.empty());
    QCOMPARE(bench.attached(), bench.files);
    bench.window->compare().setModel("/models/fake");
    bench.window->compare().attach(bench.files);
    bench.window->compare().setPrompt("Which one?");
    bench.window->compare().run();
    QTRY_VERIFY(!bench.runner().busy());
    const CompareColumn& column = bench.runner().state().columns[0];
    QVERIFY2(column.stats.error.contains("takes no pictures"), qPrintable(column.stats.error));
  }
  void aPictureThatIsGoneIsNamedAndCanBeLeftOut() {
    PicturesBench bench;
    QTRY_VERIFY(bench.ready());
    bench.field->setPlainText("What is this?");
    bench.window->chat().run();
    QTRY_VERIFY(!bench.session().busy());
    QFile::remove(bench.files[0]);
    bench.session().regenerate(2);
    QTRY_VERIFY(!bench.session().busy());
    const QString error = bench.session().state().path().back()->stats.error;
    QVERIFY2(error.contains(bench.files[0]), qPrintable(error));
    QVERIFY(bench.problem().contains(bench.files[0]));
    bench.session().edit(1, "What is this?");
    QTRY_VERIFY(!bench.session().busy());
    QCOMPARE(bench.session().state().path().front()->pictures, QStringList{bench.files[1]});
    QVERIFY(bench.session().state().path().back()->stats.error.isEmpty());
    QCOMPARE(bench.problem(), QString());
  }
  void picturesGoToEveryColumn() {
    PicturesBench bench;
    bench.window->showPanel("compare");
    bench.window->compare().setModel("/models/fake");
    auto* strip = bench.window->compare().findChild<PictureStrip*>();
    std::unique_ptr<QMimeData> dropped(PicturesBench::urlsOf(bench.files));
    QVERIFY(strip->take(*dropped));
    bench.window->compare().setPrompt("Which one?");
    bench.window->compare().run();
    QTRY_VERIFY(!bench.runner().busy());
    QCOMPARE(bench.runner().state().pictures, bench.files);
    // "user:", two pictures and two words
    QCOMPARE(bench.runner().state().columns[0].stats.promptTokens, 5);
  }
};

ORRERY_TEST(PictureStripTest)
#include "picture_strip_test.moc"
