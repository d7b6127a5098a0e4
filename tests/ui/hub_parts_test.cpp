// Parts of the hub's views that need neither hub nor engine.

#include <QBuffer>
#include <ctime>

#include "core/base/json.h"
#include "tests/support/test_main.h"
#include "ui/chat/markdown_blocks.h"
#include "ui/chat/markdown_pictures.h"
#include "ui/hub/cache_filter.h"
#include "ui/hub/card_pictures.h"
#include "ui/hub/card_text.h"
#include "ui/hub/download_item.h"
#include "ui/hub/fit_meter.h"
#include "ui/hub/hub_files_model.h"
#include "ui/hub/hub_query.h"
#include "ui/plots/tree_map.h"

using namespace orrery;
using namespace orrery::ui;

class HubPartsTest : public QObject {
  Q_OBJECT

 private slots:
  void addressesAndNamesAreModels_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("model");
    QTest::addRow("words") << "small llama"
                           << "";
    QTest::addRow("name") << "org/name"
                          << "org/name";
    QTest::addRow("revision") << "org/name@v1.0"
                              << "org/name@v1.0";
    QTest::addRow("address") << "https://huggingface.co/org/na.me"
                             << "org/na.me";
    QTest::addRow("no scheme") << "hf.co/org/name"
                               << "org/name";
    QTest::addRow("tree") << "https://huggingface.co/org/name/tree/main"
                          << "org/name";
    QTest::addRow("file") << "https://huggingface.co/org/name/blob/abc123/config.json"
                          << "org/name@abc123";
    QTest::addRow("question") << "https://huggingface.co/org/name?library=gguf#use"
                              << "org/name";
    QTest::addRow("data set") << "https://huggingface.co/datasets/org/name"
                              << "";
    QTest::addRow("way out") << "https://huggingface.co/../name"
                             << "";
  }
  void addressesAndNamesAreModels() {
    QFETCH(QString, text);
    QFETCH(QString, model);
    QCOMPARE(readHubWords(text).model, model);
  }

  void conditionsAndWordsFilterTheCache() {
    protocol::CachedHubRepository repository;
    repository.id = "Org/Large-Model";
    repository.type = "model";
    repository.size = 2'000'000'000;
    const std::int64_t now = 1'700'000'000;
    repository.accessed = now - 40 * 86'400;
    repository.modified = now - 3600;
    const auto takes = [&](const char* text) { return CacheFilter(text).takes(repository, now); };
    QVERIFY(takes("") && takes("large") && takes("size>1GB accessed>30d") && takes("type=model"));
    QVERIFY(takes("modified<1d") && !takes("modified>1d") && !takes("size<500MB"));
    QVERIFY(!takes("other") && !takes("type=dataset") && !takes("size>x"));
  }

  void downloadsAreKeptAndWhatRanWaitsAgain() {
    KeptDownloads kept;
    kept.limit = 5e6;
    DownloadItem item;
    item.model = "org/name@v1";
    item.files = QStringList{"a ü.gguf"};
    item.openWhenDone = true;
    item.state = DownloadState::kRunning;
    item.parts = {{"a ü.gguf", 100, 40, false}};
    kept.items.push_back(item);
    item.state = DownloadState::kFailed;
    item.reason = "org/name: is gated";
    kept.items.push_back(item);
    const KeptDownloads again = downloadsFromJson(toJson(kept), "downloads.json");
    QCOMPARE(again.limit, 5e6);
    QCOMPARE(again.items.size(), std::size_t{2});
    QCOMPARE(again.items[0].state, DownloadState::kWaiting);
    QCOMPARE(again.items[0].model, item.model);
    QCOMPARE(again.items[0].files, item.files);
    QVERIFY(again.items[0].openWhenDone && again.items[0].parts == item.parts);
    QCOMPARE(again.items[1].state, DownloadState::kFailed);
    QCOMPARE(again.items[1].reason, item.reason);
    QVERIFY_THROWS_EXCEPTION(Error, downloadsFromJson(Json{{"version", 9}}, "downloads.json"));
  }

  void estimateLiesBetweenTheLengthsThatWereReckoned() {
    const auto at = [](int tokens, std::int64_t cache, std::int64_t work) {
      protocol::MemoryEstimate estimate;
      estimate.weightBytes = 1000;
      estimate.cacheBytes = cache;
      estimate.workBytes = work;
      estimate.totalBytes = 1000 + cache + work;
      estimate.contextTokens = tokens;
      return estimate;
    };
    const std::vector<protocol::MemoryEstimate> contexts{at(1024, 100, 10), at(4096, 400, 40)};
    QCOMPARE(estimateAt(contexts, 4096).totalBytes, 1440);
    QCOMPARE(estimateAt(contexts, 2560).cacheBytes, 250);
    QCOMPARE(estimateAt(contexts, 512).cacheBytes, 50);
    QCOMPARE(estimateAt({}, 512).totalBytes, 0);
  }

  void treeMapCoversItsAreaInProportion() {
    const std::vector<double> values{60, 60, 40, 30, 20, 20, 10};
    const QRectF area(0, 0, 600, 400);
    const auto places = squarified(values, area);
    QCOMPARE(places.size(), values.size());
    double covered = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const double size = places[i].width() * places[i].height();
      QVERIFY(std::abs(size - values[i] * 1000) < 1);
      QVERIFY(area.adjusted(-1, -1, 1, 1).contains(places[i]));
      covered += size;
      for (std::size_t j = 0; j < i; ++j)
        QVERIFY(
            !places[i].adjusted(.5, .5, -.5, -.5).intersects(places[j].adjusted(.5, .5, -.5, -.5)));
    }
    QVERIFY(std::abs(covered - 240'000) < 1);
    QCOMPARE(squarified({0, 0}, area).size(), std::size_t{2});
  }

  void cardKeepsItsTextAndFetchesNothing() {
    const QString base = "http://hub/org/name/resolve/main/";
    const QString card =
        "<!-- hidden -->\n<h2 align=\"center\">Title</h2>\n<p>Some <b>bold</b> text<br>here "
        "<a href=\"docs/a.md\">link</a></p>\n<img src=\"pics/a.png\" alt=\"A graph\"/>\n"
        "![Logo](https://elsewhere.example/logo.png \"t\")\n\n```html\n<img src=\"x\"> a < b\n```\n"
        "2 < 3 and 5 > 4 [trap](file:///etc/passwd)\n<script>alert(1)</script>";
    const QString text = cardMarkdown(card, base);
    QVERIFY(text.contains("## Title") && text.contains("**bold**"));
    QVERIFY(text.contains("[link](http://hub/org/name/resolve/main/docs/a.md)"));
    QVERIFY(text.contains("![A graph](http://hub/org/name/resolve/main/pics/a.png)"));
    QVERIFY(text.contains("![Logo](https://elsewhere.example/logo.png)"));
    QVERIFY(text.contains("<img src=\"x\"> a < b") && text.contains("2 < 3 and 5 > 4"));
    QVERIFY(text.contains("[trap](#)"));
    QVERIFY(!text.contains("hidden") && !text.contains("alert"));
    QCOMPARE(picturesIn(text), QStringList({"http://hub/org/name/resolve/main/pics/a.png",
                                            "https://elsewhere.example/logo.png"}));
  }

  void picturesKeepTheirSizeAndTheLinkTheyStandIn() {
    const auto made = [](const char* text) {
      return cardMarkdown(text, "http://hub/o/n/resolve/c/").trimmed();
    };
    QCOMPARE(made("<img src='a (1).png' width=\"60%\" alt='x [y]'>"),
             QString("![x y](http://hub/o/n/resolve/c/a%20%281%29.png =60%x)"));
    QCOMPARE(made("<a href=\"/o\">\n <img src=\"b.png\" height='20px'/> </a>"),
             QString("[![](http://hub/o/n/resolve/c/b.png =x20)](http://hub/o)"));
    QCOMPARE(made("[![badge](https://s.io/b.svg)](docs)"),
             QString("[![badge](https://s.io/b.svg)](http://hub/o/n/resolve/c/docs)"));
    QCOMPARE(made("![inside](data:image/png;base64,AAAA) end"), QString("inside end"));
    const auto spans = parseInline("a [![b](https://c/d =x20)](https://e) ![f](https://g)");
    QCOMPARE(spans.size(), std::size_t{4});
    QCOMPARE(spans[1].picture + spans[1].pictureSize + spans[1].link, "https://c/dx20https://e");
    QCOMPARE(spans[3].text + spans[3].picture + spans[3].link, "fhttps://g");
    QCOMPARE(picturesIn("`![a](https://b)` ![c](https://d)\n```\n![e](https://f)\n```"),
             QStringList{"https://d"});
  }

  void picturesAreDrawnWithinTheirRoom() {
    QCOMPARE(pictureSize({400, 200}, "", 1000), QSizeF(400, 200));
    QCOMPARE(pictureSize({400, 200}, "", 100), QSizeF(100, 50));
    QCOMPARE(pictureSize({400, 200}, "800x", 1000), QSizeF(800, 400));
    QCOMPARE(pictureSize({400, 200}, "x50", 1000), QSizeF(100, 50));
    QCOMPARE(pictureSize({400, 200}, "50%x", 600), QSizeF(300, 150));
    QCOMPARE(pictureSize({400, 200}, "-1xnan", 600), QSizeF(400, 200));
  }

  void onlyPicturesOfSomeKindsAndSizesAreDecoded() {
    const auto encoded = [](const QSize& size, const char* kind) {
      QImage image(size, QImage::Format_Mono);
      image.fill(1);
      QByteArray bytes;
      QBuffer buffer(&bytes);
      buffer.open(QIODevice::WriteOnly);
      image.save(&buffer, kind);
      return bytes;
    };
    QCOMPARE(decodePicture(encoded({30, 20}, "png")).size(), QSize(30, 20));
    const QImage large = decodePicture(encoded({4000, 3000}, "png"));
    QVERIFY(large.width() < 2100 && large.width() > 1900 && large.height() > 1400);
    const QByteArray svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'></svg>";
    for (const QByteArray& bytes :
         {svg, encoded({6000, 5000}, "png"), encoded({300, 300}, "png").left(40), QByteArray()})
      QVERIFY_THROWS_EXCEPTION(Error, decodePicture(bytes));
  }

  void hostileCardsTakeNoLongerThanOthers() {
    for (const char* part : {"<!-- ", "<script ", "<style><b ", "[a](b ", "<a ", "![",
                             "[![a](http://b", "**", "`", "| a ", "\\*", "*_a"}) {
      const std::clock_t before = std::clock();
      const QString card =
          cardMarkdown("a " + QString::fromLatin1(part).repeated(100'000), "http://hub/");
      for (const MarkdownBlock& block : parseMarkdown(card)) parseInline(block.text);
      const double took = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
      QVERIFY2(took < 3, qPrintable(QString("%1: %2 s").arg(part).arg(took)));
      QVERIFY(card.size() < 5'000'000);
    }
  }

  void partsOfAGgufFileAreOneModel() {
    HubFilesModel files;
    std::vector<protocol::HubFile> list(5);
    const char* names[] = {"a-00001-of-00002.gguf", "a-00002-of-00002.gguf", "b-q8.gguf",
                           "mmproj-f16.gguf", "config.json"};
    for (std::size_t i = 0; i < list.size(); ++i) list[i].path = names[i];
    files.setFiles(list);
    QCOMPARE(files.rowCount(), 5);
    QCOMPARE(files.ggufFiles(), QStringList({"a-00001-of-00002.gguf", "b-q8.gguf"}));
    QCOMPARE(files.partsOf("a-00001-of-00002.gguf").size(), 2);
    QCOMPARE(files.partsOf("b-q8.gguf"), QStringList{"b-q8.gguf"});
  }
};

ORRERY_TEST(HubPartsTest)
#include "hub_parts_test.moc"
