#include <fmt/ranges.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <memory>

#include "app/cli/hub/download_model.h"
#include "app/cli/hub/hub_commands.h"
#include "core/hub/credentials.h"

namespace orrery::cli {
namespace {

/// One line of standard input; on a terminal it is not shown.
std::string readSecretLine() {
  termios before{};
  const bool terminal = ::tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    std::fprintf(stderr, "Access token (it is not shown): ");
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  std::string line;
  std::getline(std::cin, line);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::fputc('\n', stderr);
  }
  return line;
}

void printAccount(const hub::Account& account, const std::string& endpoint, bool json) {
  if (json) {
    printJson({{"endpoint", endpoint},
               {"name", account.name},
               {"fullname", account.fullName},
               {"orgs", account.organizations},
               {"token_name", account.tokenName}});
    return;
  }
  fmt::print("{} at {}\n", account.name, endpoint);
  if (!account.organizations.empty())
    fmt::print("member of {}\n", fmt::join(account.organizations, ", "));
}

void noteEnvironment() {
  if (std::getenv("HF_TOKEN"))
    std::fprintf(stderr, "the variable HF_TOKEN is set and goes before a token in a file\n");
}

}  // namespace

void addHubLoginCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand(
      "login", "Keep an access token, read from standard input, where huggingface_hub does");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print one JSON document");
  command->callback([&run, json] {
    run = [json] {
      auto settings = hub::Settings::fromEnvironment();
      const hub::Token token(readSecretLine());
      settings.token = token;
      hub::HttpClient client(settings);
      const hub::Account account = hub::whoAmI(client, cancelOnInterrupt());
      hub::saveToken(settings, token, account.tokenName);
      noteEnvironment();
      printAccount(account, settings.endpoint, *json);
      return int{kDone};
    };
  });
}

void addHubLogoutCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand("logout", "Forget all access tokens on this machine");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print one JSON document");
  command->callback([&run, json] {
    run = [json] {
      const bool any = hub::forgetTokens(hub::Settings::fromEnvironment());
      noteEnvironment();
      if (*json)
        printJson({{"logged_out", any}});
      else
        std::puts(any ? "logged out" : "was not logged in");
      return int{kDone};
    };
  });
}

void addHubWhoamiCommand(CLI::App& hub, Run& run) {
  auto* command = hub.add_subcommand("whoami", "Whose access token is used");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "Print one JSON document");
  command->callback([&run, json] {
    run = [json] {
      const auto settings = hub::Settings::fromEnvironment();
      hub::HttpClient client(settings);
      printAccount(hub::whoAmI(client, cancelOnInterrupt()), settings.endpoint, *json);
      return int{kDone};
    };
  });
}

}  // namespace orrery::cli
