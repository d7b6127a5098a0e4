#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"

/// Tokens and chat templates. `model` names a checkpoint of which only the tokenizer is read;
/// without it the loaded model serves.
namespace orrery::protocol {

struct TokenizeResult {
  std::vector<int> ids;
  std::vector<std::string> tokens;                   ///< as the vocabulary spells them
  std::vector<std::array<std::int64_t, 2>> offsets;  ///< first and past-last character of each

  bool operator==(const TokenizeResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("ids", self.ids);
    f("tokens", self.tokens);
    f("offsets", self.offsets);
  }
};

struct TokenizeParams {
  static constexpr auto kMethod = "tokenize";
  using Result = TokenizeResult;

  std::optional<std::string> model;
  std::string text;
  std::optional<std::string> pair;
  bool addSpecialTokens = true;

  bool operator==(const TokenizeParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("model", self.model);
    f("text", self.text);
    f("pair", self.pair);
    f.optional("add_special_tokens", self.addSpecialTokens);
  }
};

struct DetokenizeResult {
  std::string text;

  bool operator==(const DetokenizeResult&) const = default;
  static void fields(auto& f, auto& self) { f("text", self.text); }
};

struct DetokenizeParams {
  static constexpr auto kMethod = "detokenize";
  using Result = DetokenizeResult;

  std::optional<std::string> model;
  std::vector<int> ids;
  bool skipSpecialTokens = false;

  bool operator==(const DetokenizeParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("model", self.model);
    f("ids", self.ids);
    f.optional("skip_special_tokens", self.skipSpecialTokens);
  }
};

struct RenderTemplateResult {
  std::string text;      ///< the prompt, byte for byte
  std::vector<int> ids;  ///< its tokens: what counts against the context length

  bool operator==(const RenderTemplateResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("text", self.text);
    f("ids", self.ids);
  }
};

/// The prompt that the model's chat template makes of a conversation.
struct RenderTemplateParams {
  static constexpr auto kMethod = "template";
  using Result = RenderTemplateResult;

  std::optional<std::string> model;
  Json messages = Json::array();  ///< as for apply_chat_template: objects of role and content
  std::optional<Json> tools;
  Json variables = Json::object();  ///< what the template is given besides
  bool addGenerationPrompt = true;

  bool operator==(const RenderTemplateParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("model", self.model);
    f("messages", self.messages);
    f("tools", self.tools);
    f.optional("variables", self.variables);
    f.optional("add_generation_prompt", self.addGenerationPrompt);
  }
};

}  // namespace orrery::protocol
