// Every case of tests/oracle/make_templates.py: what the reference renders, and that both refuse.

#include "core/base/file.h"
#include "core/base/utf8.h"
#include "core/chat/chat_template.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

struct Outcome {
  std::string text, error;
  std::vector<chat::GeneratedSpan> spans;
};

Outcome outcomeOf(const OrderedJson& one, const OrderedJson& special) {
  try {
    const chat::ChatTemplate chatTemplate(one["template"].get<std::string>(), "test", special);
    chat::RenderOptions options;
    options.variables = one["variables"];
    options.addGenerationPrompt = one["add_generation_prompt"];
    auto rendered = chatTemplate.renderWithSpans(one["messages"], one["tools"], options);
    return {std::move(rendered.text), "", std::move(rendered.generated)};
  } catch (const Error& error) {
    return {"", error.what(), {}};
  }
}

/// The reference counts code points.
OrderedJson inCodePoints(const Outcome& outcome) {
  OrderedJson spans = OrderedJson::array();
  const auto points = [&](std::size_t bytes) {
    return utf8::decode(std::string_view(outcome.text).substr(0, bytes)).size();
  };
  for (const auto& span : outcome.spans) spans.push_back({points(span.begin), points(span.end)});
  return spans;
}

}  // namespace

class TemplateOracleTest : public QObject {
  Q_OBJECT

 private slots:
  void rendersAsTheReference_data() {
    QTest::addColumn<int>("index");
    const QByteArray folder = qgetenv("ORRERY_ORACLE_DIR");
    const std::filesystem::path path = folder.toStdString() + "/templates/cases.json";
    if (!std::filesystem::exists(path)) QSKIP("made only where the reference is installed");
    document_ = OrderedJson::parse(readTextFile(path));
    for (int i = 0; i < static_cast<int>(document_["cases"].size()); ++i)
      QTest::newRow(
          document_["cases"][static_cast<std::size_t>(i)]["name"].get<std::string>().c_str())
          << i;
  }

  void rendersAsTheReference() {
    QFETCH(int, index);
    const OrderedJson& one = document_["cases"][static_cast<std::size_t>(index)];
    const Outcome outcome = outcomeOf(one, document_["special"]);
    if (one.contains("fails")) {
      QVERIFY2(!outcome.error.empty(), outcome.text.c_str());
      QVERIFY2(outcome.error.find("line ") != std::string::npos, outcome.error.c_str());
      QVERIFY2(outcome.error.find('\n') == std::string::npos, outcome.error.c_str());
      return;
    }
    QCOMPARE(QString::fromStdString(outcome.error), QString());
    QCOMPARE(QString::fromStdString(outcome.text),
             QString::fromStdString(one["expected"].get<std::string>()));
    QCOMPARE(QString::fromStdString(inCodePoints(outcome).dump()),
             QString::fromStdString(one["spans"].dump()));
  }

 private:
  OrderedJson document_;
};

ORRERY_TEST(TemplateOracleTest)
#include "template_oracle_test.moc"
