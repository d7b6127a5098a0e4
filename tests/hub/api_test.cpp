#include "core/hub/api.h"

#include <QTest>

#include "core/hub/paging.h"
#include "core/hub/repository_tree.h"
#include "tests/hub/stand_in.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::hub;

namespace {

QJsonObject text(const char* content) {
  return {{"text", content}};
}

QJsonObject scenario() {
  const char* card = "---\nlicense: mit\ntags: [tiny]\nbase_model: lab/base\n---\n# Small\n";
  const QJsonObject files{{"README.md", text(card)},
                          {"config.json", text(R"({"model_type": "llama"})")},
                          {"sub/notes.txt", text("n")},
                          {"big.bin", QJsonObject{{"size", 70'000}, {"seed", 1}}}};
  const QJsonObject hidden{{"a.txt", text("a")}};
  return {
      {"search_page", 40},
      {"tree_page", 2},
      {"catalogue", QJsonObject{{"count", 100}}},
      {"users",
       QJsonObject{{"hf_reader", QJsonObject{{"name", "reader"},
                                             {"access", QJsonObject{{"x/waiting", "pending"},
                                                                    {"x/denied", "rejected"}}}}}}},
      {"repositories", QJsonArray{
                           QJsonObject{{"id", "lab/small"},
                                       {"files", files},
                                       {"likes", 7},
                                       {"commit_tags", QJsonObject{{"v1", 0}}}},
                           QJsonObject{{"id", "x/closed"}, {"gated", "manual"}, {"files", hidden}},
                           QJsonObject{{"id", "x/waiting"}, {"gated", "manual"}, {"files", hidden}},
                           QJsonObject{{"id", "x/denied"}, {"gated", "manual"}, {"files", hidden}},
                       }}};
}

/// Text of the Error that `body` ends in.
template <class Body>
QString errorOf(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

class ApiTest : public QObject {
  Q_OBJECT

 private:
  StandIn hub_{scenario()};

  Settings settings(const char* token = nullptr) {
    Settings settings;
    settings.endpoint = hub_.address().toStdString();
    if (token) settings.token = Token(token);
    return settings;
  }
  /// What `ask` of an Api ends in while the hub answers as `fault` says.
  template <class Ask>
  QString failure(QJsonObject fault, Ask&& ask) {
    hub_.setFaults({fault});
    HttpClient client(settings());
    Api api(client);
    return errorOf([&] { ask(client, api); });
  }

 private slots:
  void cleanup() {
    hub_.setFaults({});
    hub_.clear();
  }

  void searchFindsByEveryFilter() {
    HttpClient client(settings());
    Api api(client);
    ModelQuery query{.text = "small", .author = "lab", .license = "mit", .tags = {"tiny"}};
    const auto page = api.search(query);
    QCOMPARE(page.models.size(), 1u);
    QCOMPARE(page.models[0].id, "lab/small");
    QCOMPARE(page.models[0].likes, 7);
    QVERIFY(page.next.empty());
    query.license = "apache-2.0";
    QVERIFY(api.search(query).models.empty());
    ModelQuery large{.task = "text-generation",
                     .library = "transformers",
                     .apps = {"vllm"},
                     .atLeastParameters = "8B",
                     .sort = "likes"};
    const auto found = api.search(large).models;
    QVERIFY(!found.empty());
    for (const auto& model : found) QVERIFY(model.parameters >= 8'000'000'000);
  }

  void searchFollowsPagesInOrder() {
    HttpClient client(settings());
    Api api(client);
    std::vector<std::int64_t> likes;
    auto page = api.search({.sort = "likes", .ascending = true, .pageSize = 30});
    for (;; page = api.page(page.next)) {
      for (const auto& model : page.models) likes.push_back(model.likes);
      if (page.next.empty()) break;
    }
    QCOMPARE(likes.size(), 104u);
    QVERIFY(std::ranges::is_sorted(likes));
  }

  void modelTellsWhatTheHubKnows() {
    HttpClient client(settings());
    const auto info = Api(client).model("lab/small", "v1");
    QCOMPARE(info.commit.size(), 40u);
    QCOMPARE(info.modelType, "llama");
    QCOMPARE(info.license, "mit");
    QCOMPARE(info.baseModels, std::vector<std::string>{"lab/base"});
  }

  void treeHasAllLevelsOverPages() {
    HttpClient client(settings());
    const auto tree = fetchTree(client, "lab/small", fetchCommit(client, {"lab/small"}, {}), {});
    QCOMPARE(tree.files.size(), 4u);
    QVERIFY(tree.find("sub/notes.txt"));
    QCOMPARE(tree.find("big.bin")->size, 70'000u);
    QCOMPARE(tree.find("big.bin")->sha256.size(), 64u);
    QCOMPARE(tree.find("config.json")->blobId.size(), 40u);
  }

  void refsAndCard() {
    HttpClient client(settings());
    const auto refs = Api(client).refs("lab/small");
    QCOMPARE(refs.branches.at(0).name, "main");
    QCOMPARE(refs.tags.at(0).commit, refs.branches.at(0).commit);
    const auto card = Api(client).card("lab/small");
    QVERIFY(card.data["license"] == "mit");
    QCOMPARE(card.body, "# Small\n");
    QVERIFY(errorOf([&] { Api(client).card("x/none"); }).contains("is not on the hub"));
  }

  void gatesAreToldApart_data() {
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("words");
    QTest::newRow("no_token") << QByteArray() << "x/closed"
                              << "hub login";
    QTest::newRow("licence") << QByteArray("hf_reader") << "x/closed"
                             << "has not accepted its licence";
    QTest::newRow("waiting") << QByteArray("hf_reader") << "x/waiting"
                             << "have not answered";
    QTest::newRow("denied") << QByteArray("hf_reader") << "x/denied"
                            << "refused this account";
  }
  void gatesAreToldApart() {
    QFETCH(QByteArray, token);
    QFETCH(QString, id);
    QFETCH(QString, words);
    HttpClient client(settings(token.isEmpty() ? nullptr : token.constData()));
    Api api(client);
    QCOMPARE(gateName(api.gate(id.toStdString()).value()).data(), QTest::currentDataTag());
    const QString error = errorOf([&] { api.file(id.toStdString(), "main", "a.txt", 1000); });
    QVERIFY2(error.startsWith(id + ": a.txt: is gated") && error.contains(words),
             qPrintable(error));
    QVERIFY(!error.contains("hf_reader"));
    QVERIFY(!api.gate("lab/small"));
  }

  void wrongAnswersAreOneClearSentence_data() {
    QTest::addColumn<QJsonObject>("fault");
    QTest::addColumn<QString>("words");
    QTest::newRow("deep") << QJsonObject{{"deep", 100'000}} << "/api/models/lab/small";
    QTest::newRow("huge") << QJsonObject{{"huge", 4'000'000}} << "longer than";
    QTest::newRow("list") << QJsonObject{{"body", "[]"}} << "expected an object";
    QTest::newRow("type") << QJsonObject{{"body", R"({"id": "a/b", "likes": "many"})"}}
                          << "likes: expected an integer, found \"many\"";
    QTest::newRow("negative") << QJsonObject{{"body", R"({"id": "a/b", "likes": -1})"}}
                              << "likes: expected 0 or more, found -1";
    QTest::newRow("hash") << QJsonObject{{"body", R"({"id": "a/b", "sha": "../../x"})"}}
                          << "sha: expected 40 hexadecimal digits";
    QTest::newRow("bomb") << QJsonObject{{"bomb", 200 << 20}} << "longer than";
    QTest::newRow("endless") << QJsonObject{{"endless", true}} << "longer than";
    QTest::newRow("404") << QJsonObject{{"status", 404}} << "lab/small: is not on the hub";
    QTest::newRow("page") << QJsonObject{{"body", "<html>"}} << "/api/models/lab/small";
  }
  void wrongAnswersAreOneClearSentence() {
    QFETCH(QJsonObject, fault);
    QFETCH(QString, words);
    const QString error = failure(fault, [](HttpClient&, Api& api) { api.model("lab/small"); });
    QVERIFY2(error.contains(words) && !error.contains('\n') && error.size() < 400,
             qPrintable(error));
  }

  void whateverAnEventThrowsEndsItsTransferAlone() {
    for (const bool inHead : {true, false}) {
      HttpClient client(settings());
      int ended = 0;
      std::optional<Error> failure;
      TransferEvents events;
      events.head = [&](const ResponsePath&) {
        if (inHead) throw std::runtime_error("of the head");
      };
      events.body = [&](std::string_view) { throw 5; };
      events.done = [&](const std::optional<Error>& error) {
        ++ended;
        failure = error;
      };
      client.start({.url = hub_.address().toStdString() + "/api/models/lab/small"},
                   std::move(events));
      while (ended == 0) client.poll(std::chrono::milliseconds(20));
      QVERIFY(failure && failure->kind() == ErrorKind::kInternal);
      QCOMPARE(ended, 1);
    }
  }

  void anAnswerThatDripsForEverEnds() {
    hub_.setFaults(
        {QJsonObject{{"path", "/api/models/lab/small"}, {"drip", 1}, {"seconds", 0.05}}});
    Settings hasty = settings();
    hasty.answerTimeout = std::chrono::seconds(1);
    hasty.retryUnit = std::chrono::milliseconds(1);
    HttpClient client(hasty);
    const QString error = errorOf([&] {
      fetchDocument(client, hub_.address().toStdString() + "/api/models/lab/small?expand=sha",
                    "lab/small", 1000, {});
    });
    QVERIFY2(error.contains("did not end within 6 s"), qPrintable(error));
  }

  void nextPageElsewhereIsRefused() {
    const QString link = "<" + hub_.address("other") + "/api/models?x>; rel=\"next\"";
    const QString error = failure({{"headers", QJsonObject{{"Link", link}}}},
                                  [](HttpClient&, Api& api) { api.search({}); });
    QVERIFY2(error.contains("the next page is at"), qPrintable(error));
  }

  void emptyPagesDoNotGoOnForEver() {
    const QString link = "<" + hub_.address() + "/api/models/lab/small/tree/main>; rel=\"next\"";
    const QString raw = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nLink: " + link + "\r\n\r\n[]";
    const QString error =
        failure({{"base64", QString(raw.toUtf8().toBase64())}},
                [](HttpClient& client, Api&) { fetchTree(client, "lab/small", "main", {}); });
    QVERIFY2(error.contains("page without entries"), qPrintable(error));
  }

  void idsThatAreNoneNeverReachTheHub() {
    HttpClient client(settings());
    for (const char* id : {"", "a/b/c", "../x", "a/..", "a b/c", "a/b?x", "/a", "a/"})
      QVERIFY(errorOf([&] { Api(client).model(id); }).contains("expected a model as org/name"));
    QVERIFY(hub_.requests().isEmpty());
  }

  void queryPartsThatAreWrongAreNamed() {
    QVERIFY(errorOf([] {
              searchUrl("http://h", {.sort = "size"});
            }).contains("sort: is \"size\", expected one of trending, downloads"));
    QVERIFY(errorOf([] {
              searchUrl("http://h", {.atLeastParameters = "big"});
            }).contains("parameters at least: is \"big\""));
    QVERIFY(searchUrl("http://h", {.text = "a&b ä"}).find("search=a%26b%20%C3%A4") !=
            std::string::npos);
  }

  void nextLinkIsFoundAmongOthers() {
    QCOMPARE(nextLink(R"(<http://a/1>; rel="prev", <http://a/3>; rel="next")"), "http://a/3");
    QCOMPARE(nextLink(R"(<http://a/1>; rel="prev")"), "");
    QCOMPARE(nextLink("<http://a"), "");
    QCOMPARE(nextLink(">;rel=\"next\"<"), "");
  }
};

ORRERY_TEST(ApiTest)
#include "api_test.moc"
