#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::cli {

/// Exit codes (contract): 0 done, 1 failed, 2 wrong usage.
enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2 };

/// What a command does once its options are read; an Error that leaves it is printed as one line.
using Run = std::function<int()>;

/// The text itself, or an Error that names `source` if it is no UTF-8.
std::string requireUtf8(std::string text, std::string_view source);

/// Adds an option that takes token ids as 1,2,3; an empty one is wrong usage.
CLI::Option* addIdsOption(CLI::App& app, const std::string& name, std::vector<int>& ids,
                          const std::string& description);

/// Declares one command on `app`; parsing it sets `run`. One function per command, in a file of its
/// name, called by main.cpp.
using AddCommand = void (*)(CLI::App& app, Run& run);

}  // namespace orrery::cli
