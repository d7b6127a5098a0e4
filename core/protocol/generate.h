#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"

/// Generation, its decoding fields and the look into one step. Several generate requests may run at
/// once on one engine: they share the weights, and each has its own cache.
namespace orrery::protocol {

/// What the model continues: exactly one of text, ids and messages.
struct Prompt {
  std::optional<std::string> text;
  std::optional<std::vector<int>> ids;
  std::optional<Json> messages;     ///< rendered by the model's chat template; may have pictures
  std::optional<Json> tools;        ///< with messages
  Json variables = Json::object();  ///< with messages: what the template is given besides
  std::vector<int> appendIds;       ///< follow the prompt: to go on from a token of one's choice

  bool operator==(const Prompt&) const = default;
  static void fields(auto& f, auto& self) {
    f("text", self.text);
    f("ids", self.ids);
    f("messages", self.messages);
    f("tools", self.tools);
    f.optional("variables", self.variables);
    f.optional("append_ids", self.appendIds);
  }
};

struct Alternative {
  int id = 0;
  std::string text;
  double logprob = 0;

  bool operator==(const Alternative&) const = default;
  static void fields(auto& f, auto& self) {
    f("id", self.id);
    f.optional("text", self.text);
    f("logprob", self.logprob);
  }
};

/// A generated token with two distributions at its place: the model's own and, after the logits
/// processors, the one that the token was chosen from.
struct GeneratedToken {
  int id = 0;
  std::string text;    ///< whole characters: what a token leaves incomplete comes with the next
  double logprob = 0;  ///< natural logarithm, of the model's distribution before any processor
  double entropy = 0;  ///< of that distribution, in nats
  std::vector<Alternative> top;  ///< the likeliest tokens of that distribution, best first
  double processedLogprob = 0;   ///< of the distribution that the token was chosen from
  double processedEntropy = 0;
  std::vector<Alternative> processedTop;  ///< the likeliest tokens of that one, best first
  std::string provenance;                 ///< "greedy", "sampled", "beam", …

  bool operator==(const GeneratedToken&) const = default;
  static void fields(auto& f, auto& self) {
    f("id", self.id);
    f("text", self.text);
    f("logprob", self.logprob);
    f.optional("entropy", self.entropy);
    f.optional("top", self.top);
    f.optional("processed_logprob", self.processedLogprob);
    f.optional("processed_entropy", self.processedEntropy);
    f.optional("processed_top", self.processedTop);
    f.optional("provenance", self.provenance);
  }
};

/// Notification of a running generate: one more token. Strategies that decide late (beams) send
/// none before they have decided.
struct TokenParams {
  static constexpr auto kMethod = "generate/token";

  Json request;      ///< id of the generate request
  int sequence = 0;  ///< which of num_return_sequences
  int index = 0;     ///< position among the generated tokens
  GeneratedToken token;

  bool operator==(const TokenParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("request", self.request);
    f.optional("sequence", self.sequence);
    f.optional("index", self.index);
    GeneratedToken::fields(f, self.token);
  }
};

struct GeneratedSequence {
  std::vector<int> ids;
  std::string text;
  double score = 0;
  std::string finishReason;  ///< "stop" (an end token), "stop_string", "length", "time"
  std::vector<GeneratedToken> tokens;

  bool operator==(const GeneratedSequence&) const = default;
  static void fields(auto& f, auto& self) {
    f("ids", self.ids);
    f("text", self.text);
    f.optional("score", self.score);
    f("finish_reason", self.finishReason);
    f.optional("tokens", self.tokens);
  }
};

struct Timings {
  double loadSeconds = 0;
  int prefillTokens = 0;
  double prefillSeconds = 0;
  int decodeTokens = 0;
  double decodeSeconds = 0;

  bool operator==(const Timings&) const = default;
  static void fields(auto& f, auto& self) {
    f.optional("load_s", self.loadSeconds);
    f("prefill_tokens", self.prefillTokens);
    f("prefill_s", self.prefillSeconds);
    f("decode_tokens", self.decodeTokens);
    f("decode_s", self.decodeSeconds);
  }
};

/// The document of `orrery-cli generate --json`.
struct GenerateResult {
  std::vector<int> promptIds;
  std::vector<GeneratedSequence> sequences;
  Timings timings;
  Json stats = Json::object();  ///< what the strategy counts

  bool operator==(const GenerateResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("prompt_ids", self.promptIds);
    f("sequences", self.sequences);
    f("timings", self.timings);
    f.optional("stats", self.stats);
  }
};

struct GenerateParams {
  static constexpr auto kMethod = "generate";
  using Result = GenerateResult;

  Prompt prompt;
  Json generation =
      Json::object();    ///< fields of GenerationConfig that differ from the model's own
  std::string strategy;  ///< empty: what the fields say
  std::optional<std::int64_t> seed;
  int top = 0;  ///< alternatives reported with each token

  bool operator==(const GenerateParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("prompt", self.prompt);
    f.optional("generation", self.generation);
    f.optional("strategy", self.strategy);
    f("seed", self.seed);
    f.optional("top", self.top);
  }
};

/// One decoding field of GenerationConfig, as a form needs it.
struct GenerationField {
  std::string name;         ///< "top_p"
  std::string type;         ///< kind of its values: "boolean", "integer", "number", "strings", …
  std::string description;  ///< one sentence
  std::string group;        ///< heading it belongs under
  std::optional<double> minimum;
  std::optional<double> maximum;
  bool minimumOpen = false;  ///< the minimum itself is not allowed
  bool maximumOpen = false;
  Json defaultValue;  ///< null: off

  bool operator==(const GenerationField&) const = default;
  static void fields(auto& f, auto& self) {
    f("name", self.name);
    f("type", self.type);
    f.optional("description", self.description);
    f.optional("group", self.group);
    f("minimum", self.minimum);
    f("maximum", self.maximum);
    f.optional("minimum_open", self.minimumOpen);
    f.optional("maximum_open", self.maximumOpen);
    f.optional("default", self.defaultValue);
  }
};

struct GenerationFieldsResult {
  std::vector<GenerationField> list;
  std::vector<std::string> strategies;

  bool operator==(const GenerationFieldsResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("fields", self.list);
    f.optional("strategies", self.strategies);
  }
};

/// Every decoding field that this engine honours; needs no model.
struct GenerationFieldsParams {
  static constexpr auto kMethod = "generationFields";
  using Result = GenerationFieldsResult;

  bool operator==(const GenerationFieldsParams&) const = default;
  static void fields(auto&, auto&) {}
};

/// A token in the distribution of one step, before and after the processors.
struct Candidate {
  int id = 0;
  std::string text;
  double rawLogprob = 0;
  double logprob = 0;     ///< -Infinity: removed by a processor
  std::string removedBy;  ///< the field whose processor did that

  bool operator==(const Candidate&) const = default;
  static void fields(auto& f, auto& self) {
    f("id", self.id);
    f("text", self.text);
    f("raw_logprob", self.rawLogprob);
    f("logprob", self.logprob);
    f.optional("removed_by", self.removedBy);
  }
};

/// What one processor leaves of the distribution.
struct ProcessingStage {
  std::string name;  ///< "model" for the distribution as it comes, then fields in their order
  double entropy = 0;
  int remaining = 0;  ///< tokens that can still be chosen

  bool operator==(const ProcessingStage&) const = default;
  static void fields(auto& f, auto& self) {
    f("name", self.name);
    f("entropy", self.entropy);
    f("remaining", self.remaining);
  }
};

struct ExplainStepResult {
  std::vector<int> promptIds;
  std::vector<Candidate> candidates;  ///< likeliest before the processors first
  double rawEntropy = 0;              ///< nats
  double entropy = 0;
  int kept = 0;  ///< tokens that the processors left possible
  std::vector<ProcessingStage> stages;

  bool operator==(const ExplainStepResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("prompt_ids", self.promptIds);
    f("candidates", self.candidates);
    f("raw_entropy", self.rawEntropy);
    f("entropy", self.entropy);
    f("kept", self.kept);
    f.optional("stages", self.stages);
  }
};

/// The distribution of the next token under given settings, without choosing one.
struct ExplainStepParams {
  static constexpr auto kMethod = "explainStep";
  using Result = ExplainStepResult;

  Prompt prompt;
  Json generation = Json::object();
  int top = 20;

  bool operator==(const ExplainStepParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("prompt", self.prompt);
    f.optional("generation", self.generation);
    f.optional("top", self.top);
  }
};

}  // namespace orrery::protocol
