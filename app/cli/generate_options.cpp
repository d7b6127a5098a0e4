#include "app/cli/generate_options.h"

#include <chrono>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/tokenizers/token_bytes.h"

namespace orrery::cli {

using generation::GenerationConfig;
using generation::TokenId;

void addPromptOptions(CLI::App& command, PromptOptions& options) {
  auto* group = command.add_option_group("prompt", "What is continued");
  group->add_option("--prompt", options.text, "Text to continue");
  group->add_option("--prompt-file", options.file, "File with the text to continue");
  addIdsOption(*group, "--ids", options.ids, "Token ids to continue, as 1,2,3");
  group->require_option(1);
}

void addDecodingOptions(CLI::App& command, DecodingOptions& options) {
  command.add_option("--strategy", options.strategy, "greedy, sample, beam_search, beam_sample");
  command.add_option("--config", options.configFile,
                     "generation_config.json whose fields replace the model's own");
  command.add_option("--set", options.set, "Field of the generation config, as name=value");
  command.add_option("--seed", options.seed, "The same seed gives the same samples");
  command.add_option("--top", options.top, "Alternatives to report with each token")
      ->check(CLI::Range(0, 1000));
}

Generator::Generator(const LoadOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  try {
    tokenizer_ = tokenizers::Tokenizer::load(options.model);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;
    noTokenizer_ = error.what();
  }
  model_ = runtime().load(options);
  if (model_->generationConfig().is_object())
    ownConfig_.merge(model_->generationConfig(), options.model + ": generation_config.json");
  else
    ownConfig_ =
        GenerationConfig::fromModelConfig(model_->config(), options.model + ": config.json");
  loadSeconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<TokenId> Generator::promptIds(const PromptOptions& prompt) const {
  if (!prompt.ids.empty()) return prompt.ids;
  if (!tokenizer_) throw Error(ErrorKind::kNotFound, noTokenizer_).in("--prompt");
  const std::string text = prompt.file.empty()
                               ? requireUtf8(prompt.text, "--prompt")
                               : requireUtf8(readTextFile(prompt.file), prompt.file);
  return tokenizer_->encode(text).ids;
}

GenerationConfig Generator::config(const DecodingOptions& options) const {
  GenerationConfig config = ownConfig_;
  if (!options.configFile.empty())
    config.merge(readJsonFile(options.configFile), options.configFile);
  for (const std::string& assignment : options.set) config.set(assignment);
  return config;
}

Json Generator::run(const std::vector<TokenId>& ids, const GenerationConfig& config,
                    const DecodingOptions& options, generation::TokenCallback onToken) const {
  generation::GenerationInput input;
  (model_->sessions().isEncoderDecoder() ? input.encoderIds : input.promptIds) = ids;
  generation::GenerationOptions settings;
  settings.strategy = options.strategy;
  settings.seed = options.seed;
  settings.top = options.top;
  settings.onToken = std::move(onToken);
  if (tokenizer_) settings.tokenBytes = tokenizers::tokenBytesOf(tokenizer_);
  auto result = generation::generate(model_->sessions(), input, config, settings);
  result.timings.loadSeconds = loadSeconds_;
  generation::TextOf textOf;
  if (tokenizer_)
    textOf = [&](std::span<const TokenId> some) {
      return tokenizer_->decode(some, /*skipSpecialTokens=*/some.size() != 1);
    };
  return result.toJson(textOf);
}

}  // namespace orrery::cli
