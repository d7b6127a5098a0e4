// orrery-cli: everything the window can do, without a window. Each command has a file of its own.

#include <csignal>
#include <cstdio>
#include <exception>

#include "app/cli/command.h"
#include "app/cli/commands.h"
#include "app/cli/hub/model_argument.h"
#include "core/base/error.h"

namespace orrery::cli {
namespace {

int reportUsage(const CLI::App& app, const CLI::ParseError& error) {
  // Help and version are "errors" of exit code 0.
  if (error.get_exit_code() == 0) return app.exit(error);
  // A word that nobody knows is the cause of what is missing, and says more.
  const auto unknown = app.remaining(/*recurse=*/true);
  const std::string what =
      unknown.empty() ? error.what() : fmt::format("unknown argument {}", quoted(unknown.front()));
  std::fprintf(stderr, "orrery-cli: %s (try --help)\n", what.c_str());
  return kUsage;
}

int runGuarded(const Run& run) {
  try {
    resolveParsedModel();
    return run();
  } catch (const Error& error) {
    std::fprintf(stderr, "orrery-cli: %s\n", error.what());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "orrery-cli: out of memory\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "orrery-cli: internal error: %s\n", quoted(error.what(), 300).c_str());
  }
  return kFailed;
}

int main(int argc, char** argv) {
  CLI::App app("Orrery: run transformer models and see what they do", "orrery-cli");
  app.set_version_flag("--version", ORRERY_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  // A file that may grow no further is an error of the write, as a full disk is.
  std::signal(SIGXFSZ, SIG_IGN);
  Run run;
  for (const AddCommand add : kCommands) add(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return reportUsage(app, error);
  }
  return runGuarded(run);
}

}  // namespace
}  // namespace orrery::cli

int main(int argc, char** argv) {
  return orrery::cli::main(argc, argv);
}
