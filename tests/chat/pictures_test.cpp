// Messages with pictures.

#include "core/chat/pictures.h"
#include "core/base/error.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

OrderedJson messagesWith(const OrderedJson& part) {
  return OrderedJson::array(
      {OrderedJson{{"role", "system"}, {"content", "Be brief."}},
       OrderedJson{{"role", "user"},
                   {"content", {OrderedJson{{"type", "text"}, {"text", "?"}}, part}}}});
}

/// The one file, or the Error.
QString fileOf(const OrderedJson& part) {
  try {
    const auto files = chat::pictureFiles(messagesWith(part));
    return files.size() == 1 ? QString::fromStdString(files[0].string()) : QString("none");
  } catch (const Error& error) {
    return QString("error: ") + error.what();
  }
}

}  // namespace

class PicturesTest : public QObject {
  Q_OBJECT

 private slots:
  void filesAreFoundByEachName() {
    QCOMPARE(fileOf({{"type", "image"}, {"path", "a b.jpg"}}), "a b.jpg");
    QCOMPARE(fileOf({{"type", "image"}, {"url", "file:///tmp/ä.png"}}), "/tmp/ä.png");
    QCOMPARE(fileOf({{"type", "image"}, {"image", "c.png"}}), "c.png");
    QCOMPARE(fileOf({{"type", "image_url"}, {"image_url", {{"url", "d.png"}}}}), "d.png");
    QCOMPARE(fileOf({{"type", "text"}, {"text", "e.png"}}), "none");
  }
  void whatIsNoFileIsNamed() {
    QCOMPARE(fileOf({{"type", "image"}}),
             "error: messages[1].content[1]: a picture without a file: expected its name as path, "
             "url or image");
    QCOMPARE(fileOf({{"type", "image"}, {"url", "https://example.org/a.png"}}),
             "error: messages[1].content[1].url: expected the name of a file, found an address; "
             "pictures are not downloaded");
    QCOMPARE(fileOf({{"type", "image"}, {"path", 7}}),
             "error: messages[1].content[1].path: expected a string, found 7");
  }
  void messagesOfOtherShapesHaveNone() {
    for (const char* text : {R"([])", R"({})", R"([1])", R"([{"content": [3]}])", R"("x")"}) {
      QVERIFY(!chat::hasPictures(OrderedJson::parse(text)));
      QVERIFY(chat::pictureFiles(OrderedJson::parse(text)).empty());
    }
    QVERIFY(chat::hasPictures(messagesWith({{"type", "image"}})));
  }
};

ORRERY_TEST(PicturesTest)
#include "pictures_test.moc"
