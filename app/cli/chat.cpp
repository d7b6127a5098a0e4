// chat: a conversation in the terminal; without a terminal, one user message a line.

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "app/cli/commands.h"
#include "app/cli/generate_options.h"
#include "app/cli/load_options.h"
#include "app/cli/text_tools.h"
#include "core/base/utf8.h"
#include "core/tokenizers/streaming.h"

namespace orrery::cli {
namespace {

/// Room for an answer where the model's own configuration and --set name no length.
constexpr int kAnswerTokens = 1024;

struct Options {
  LoadOptions load;
  DecodingOptions decoding;
  std::string system;
};

class Conversation {
 public:
  explicit Conversation(const Options& options)
      : generator_(options.load),
        text_(TextTools::load(options.load.model)),
        decoding_(options.decoding),
        config_(generator_.config(options.decoding)),
        messages_(Json::array()) {
    if (!config_.maxNewTokens) config_.maxNewTokens = kAnswerTokens;
    if (!options.system.empty())
      messages_.push_back({{"role", "system"}, {"content", options.system}});
  }

  /// Adds the user's message, prints the answer as it comes, and keeps both.
  void ask(const std::string& message) {
    messages_.push_back({{"role", "user"}, {"content", message}});
    const std::string prompt = text_->render(messages_, nullptr, {});
    // The template has written the special tokens already.
    const auto ids = text_->tokenizer()->encode(prompt, {.addSpecialTokens = false}).ids;
    tokenizers::StreamingDetokenizer stream(text_->tokenizer());
    std::string answer;
    const auto print = [&answer](const std::string& part) {
      answer += part;
      std::fputs(part.c_str(), stdout);
      std::fflush(stdout);
    };
    const Json document = generator_.run(
        ids, config_, decoding_,
        [&](const generation::TokenEvent& event) { print(stream.push(event.token.id)); });
    print(stream.finish());
    std::puts("");
    messages_.push_back({{"role", "assistant"}, {"content", answer}});
    reportSpeed(document);
  }

 private:
  static void reportSpeed(const Json& document) {
    if (!::isatty(STDERR_FILENO)) return;
    const Json& timings = document.at("timings");
    const double seconds = timings.at("decode_s");
    const int tokens = timings.at("decode_tokens");
    std::fprintf(stderr, "[%d tokens, %.1f tokens/s]\n", tokens,
                 seconds > 0 ? tokens / seconds : 0.0);
  }

  Generator generator_;
  std::shared_ptr<const TextTools> text_;
  DecodingOptions decoding_;
  generation::GenerationConfig config_;
  Json messages_;
};

int runChat(const Options& options) {
  Conversation conversation(options);
  const bool terminal = ::isatty(STDIN_FILENO) != 0;
  std::string line;
  for (;;) {
    if (terminal) std::fputs("> ", stderr);
    if (!std::getline(std::cin, line)) break;
    if (!line.empty()) conversation.ask(utf8::sanitized(line));
  }
  if (terminal) std::fputs("\n", stderr);
  return kDone;
}

}  // namespace

void addChatCommand(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("chat", "Talk with a model; Ctrl+D ends");
  addLoadOptions(*command, options->load);
  addDecodingOptions(*command, options->decoding);
  command->add_option("--system", options->system, "What the model is told before you begin");
  command->callback([&run, options] { run = [options] { return runChat(*options); }; });
}

}  // namespace orrery::cli
