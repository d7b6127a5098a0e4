#include "tests/support/test_main.h"
#include "tests/ui/measuring_application.h"
#include "ui/shell/theme.h"

namespace orrery::test {

std::vector<MakeTest>& registeredTests() {
  static std::vector<MakeTest> tests;
  return tests;
}

}  // namespace orrery::test

int main(int argc, char** argv) {
  orrery::test::MeasuringApplication app(argc, argv);
  const orrery::ui::ThemeController theme(app);
  int failed = 0;
  for (const auto& make : orrery::test::registeredTests()) {
    const auto test = make();
    failed += QTest::qExec(test.get(), argc, argv);
  }
  return failed == 0 && !orrery::test::registeredTests().empty() ? 0 : 1;
}
