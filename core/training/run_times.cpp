#include "core/training/run_times.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "core/base/file.h"
#include "core/base/json.h"

namespace orrery::training {
namespace {

constexpr const char* kFile = "times.jsonl";

}  // namespace

std::vector<double> readTimes(const std::filesystem::path& folder) {
  std::vector<double> seconds;
  std::ifstream file(folder / kFile);
  for (std::string line; std::getline(file, line);) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("seconds") || !json["seconds"].is_number()) break;
    seconds.push_back(json["seconds"].get<double>());
  }
  return seconds;
}

void RunTimes::begin(const std::filesystem::path& folder, std::size_t lines) {
  path_ = folder / kFile;
  std::vector<double> kept = readTimes(folder);
  kept.resize(std::min(kept.size(), lines));
  before_ = kept.empty() ? 0 : kept.back();
  kept.resize(lines, before_);
  std::string text;
  for (const double seconds : kept) text += fmt::format("{{\"seconds\":{:.3f}}}\n", seconds);
  try {
    writeFileAtomically(path_, text);
  } catch (const Error&) {
    path_.clear();
  }
  since_ = Clock::now();
}

double RunTimes::seconds() const {
  return before_ + std::chrono::duration<double>(Clock::now() - since_).count();
}

double RunTimes::add(std::int64_t step) {
  const double now = seconds();
  if (!path_.empty())
    std::ofstream(path_, std::ios::app)
        << fmt::format("{{\"seconds\":{:.3f},\"step\":{}}}\n", now, step);
  return now;
}

void RunTimes::rest() {
  before_ = seconds();
}

void RunTimes::goOn() {
  since_ = Clock::now();
}

}  // namespace orrery::training
