#pragma once

#include <QObject>
#include <QTest>
#include <functional>
#include <memory>
#include <vector>

namespace orrery::test {

using MakeTest = std::function<std::unique_ptr<QObject>()>;

/// The test classes of this executable; filled before main by ORRERY_TEST.
std::vector<MakeTest>& registeredTests();

template <class Test>
bool registerTest() {
  registeredTests().push_back([] { return std::make_unique<Test>(); });
  return true;
}

}  // namespace orrery::test

/// Makes a QObject with test slots part of its executable. One per class, at the end of its file,
/// followed by #include "<file>.moc".
#define ORRERY_TEST(Class) \
  static const bool registered##Class = orrery::test::registerTest<Class>();
