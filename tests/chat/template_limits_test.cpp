// What a hostile template may not do.

#include <ctime>

#include "core/chat/chat_template.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

std::string repeated(std::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

// Of this process, as others may have the processor; the sanitizers take their share.
#ifdef ORRERY_SANITIZED
constexpr double kSeconds = 10;
#else
constexpr double kSeconds = 2;
#endif

/// The error that rendering ends in, which must come within two seconds.
QString errorOf(const std::string& source) {
  const std::clock_t start = std::clock();
  QString message;
  try {
    const OrderedJson messages = OrderedJson::array();
    chat::ChatTemplate(source, "t", OrderedJson::object()).render(messages, {}, {});
  } catch (const Error& error) {
    message = QString::fromUtf8(error.what());
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (seconds > kSeconds) message = QString("took %1 s").arg(seconds);
  return message;
}

void checkError(const std::string& source, const char* part) {
  const QString message = errorOf(source);
  QVERIFY2(message.contains(part), qPrintable(message));
}

}  // namespace

class TemplateLimitsTest : public QObject {
  Q_OBJECT

 private slots:
  void nestedLoopsEnd() {
    checkError("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
               "steps");
  }
  void recursionEnds() {
    checkError("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "levels deep");
  }
  void hugeStringIsRefusedBeforeItIsMade() { checkError("{{ 'abc' * 10 ** 15 }}", "steps"); }
  void doublingStringEnds() {
    checkError(
        "{% set n = namespace(s='ab') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor "
        "%}",
        "steps");
  }
  void sharedListsDoNotExplode() {
    checkError(
        "{% set n = namespace(l=[1]) %}{% for i in range(90) %}{% set n.l = [n.l, n.l] %}{% endfor "
        "%}{{ n.l }}",
        "parts");
  }
  void manyEmptyListsAreRefused() {
    checkError("{{ [1] | slice(4469469) | list | length }}", "steps");
    checkError("{{ ([1] * 1000000) | batch(1) | list | length }}", "steps");
  }
  void longStringIsNotTakenApart() { checkError("{{ ('x' * 1500000) | list | length }}", "steps"); }
  void deepListIsRefused() {
    checkError(
        "{% set n = namespace(l=[]) %}{% for i in range(99999) %}{% set n.l = [n.l] %}{% endfor %}",
        "levels deep");
  }
  void longChainOfNamespacesIsFreed() {
    checkError(
        "{% set n = namespace(l=none) %}{% for i in range(99999) %}{% set n.l = namespace(p=n.l) "
        "%}{% endfor %}",
        "steps");
  }
  void outputIsBounded() {
    checkError("{% for i in range(9999) %}{{ 'x' * 1000000 }}{% endfor %}", "bytes");
  }
  void deepSourceIsRefused() {
    checkError("{{ " + repeated("(", 100000) + "1" + repeated(")", 100000) + " }}", "levels deep");
    checkError(repeated("{% if 1 %}", 100000), "levels deep");
    checkError("{{ 1" + repeated("+1", 100000) + " }}", "in a row");
    checkError("{{ " + repeated("not ", 100000) + "1 }}", "levels deep");
    checkError("{{ a" + repeated(".b", 100000) + " }}", "in a row");
  }
  void errorNamesFileAndLine() {
    checkError("a\nb\n{{ nope.x }}", "t: line 3: 'nope' is undefined");
    checkError("a\n{% if 1 %}\n{{ ) }}", "t: line 3: unexpected \")\"");
  }
  void raisedMessageIsOneLine() {
    checkError("{{ raise_exception('a\\nb') }}", "t: line 1: \"a\\x0ab\"");
  }
  void invalidUtf8IsRefused() { checkError("ab\xff", "not valid UTF-8 at byte 2"); }
  void otherTemplatesAreRefused() { checkError("{% include 'x' %}", "refused"); }
  void clockIsTheCallers() {
    chat::RenderOptions options;
    options.now = [] {
      std::tm time{};
      time.tm_year = 126, time.tm_mon = 1, time.tm_mday = 3, time.tm_hour = 4;
      return time;
    };
    const chat::ChatTemplate clock("{{ strftime_now('%Y-%m-%d %H') }}", "t", OrderedJson::object());
    QCOMPARE(clock.render(OrderedJson::array(), {}, options), std::string("2026-02-03 04"));
  }
};

ORRERY_TEST(TemplateLimitsTest)
#include "template_limits_test.moc"
