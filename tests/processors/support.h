#pragma once

#include <QString>
#include <filesystem>

namespace orrery::test {

/// What make_processors.py wrote.
inline std::filesystem::path processorsFolder() {
  return std::filesystem::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) /
         "processors";
}

}  // namespace orrery::test
