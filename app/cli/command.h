#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace orrery::cli {

/// Exit codes (contract): 0 done, 1 failed, 2 wrong usage.
enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2 };

/// What a command does once its options are read; an Error that leaves it is printed as one line.
using Run = std::function<int()>;

/// Declares one command on `app`; parsing it sets `run`. One function per command, in a file of its
/// name, called by main.cpp.
using AddCommand = void (*)(CLI::App& app, Run& run);

}  // namespace orrery::cli
