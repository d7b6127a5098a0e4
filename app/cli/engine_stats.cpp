#include "app/cli/engine_stats.h"

#include <sys/resource.h>

#include <fstream>
#include <map>
#include <string>

namespace orrery::engine {
namespace {

/// "Name:  123 kB" lines by name; files of /proc.
std::map<std::string, std::int64_t> readProcFile(const char* path) {
  std::map<std::string, std::int64_t> values;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    values[line.substr(0, colon)] = std::strtoll(line.c_str() + colon + 1, nullptr, 10);
  }
  return values;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

protocol::StatsResult measureProcess() {
  auto process = readProcFile("/proc/self/status");
  auto machine = readProcFile("/proc/meminfo");
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return {.residentBytes = process["VmRSS"] * 1024,
          .peakBytes = process["VmHWM"] * 1024,
          .anonymousBytes = process["RssAnon"] * 1024,
          .availableBytes = machine["MemAvailable"] * 1024,
          .totalBytes = machine["MemTotal"] * 1024,
          .cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime),
          .threads = static_cast<int>(process["Threads"])};
}

}  // namespace orrery::engine
