#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/runtime.h"
#include "core/generation/generate.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::cli {

/// What is generated from: exactly one of these.
struct PromptOptions {
  std::string text;
  std::string file;
  std::vector<generation::TokenId> ids;
};

/// How it is generated; also an entry of compare's strategies file.
struct DecodingOptions {
  std::string strategy;          ///< empty: what the fields say
  std::string configFile;        ///< fields that replace the model's own
  std::vector<std::string> set;  ///< name=value
  std::uint64_t seed = 0;
  int top = 0;
};

void addPromptOptions(CLI::App& command, PromptOptions& options);
void addDecodingOptions(CLI::App& command, DecodingOptions& options);

/// A model in memory with its tokenizer and what it says about generation itself.
class Generator {
 public:
  /// Loads `options.model`. Without a tokenizer only ids can be generated from.
  explicit Generator(const LoadOptions& options);

  std::vector<generation::TokenId> promptIds(const PromptOptions& prompt) const;
  /// The model's own configuration with the changes that `options` names.
  generation::GenerationConfig config(const DecodingOptions& options) const;
  /// Generates and gives the document of `generate --json`.
  Json run(const std::vector<generation::TokenId>& ids, const generation::GenerationConfig& config,
           const DecodingOptions& options, generation::TokenCallback onToken = {}) const;

 private:
  std::shared_ptr<const tokenizers::Tokenizer> tokenizer_;  ///< may be null
  std::string noTokenizer_;                                 ///< why it is
  std::unique_ptr<LoadedModel> model_;
  generation::GenerationConfig ownConfig_;
  double loadSeconds_ = 0;
};

}  // namespace orrery::cli
