#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/base/json.h"
#include "core/chat/template_source.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery {

/// What a checkpoint brings to turn text into tokens and back: its tokenizer and chat template.
/// Needs no weights. Immutable; may be shared by threads.
class TextTools {
 public:
  /// Of a checkpoint folder or a .gguf file. A missing chat template is no error until one is
  /// needed.
  static std::shared_ptr<const TextTools> load(const std::filesystem::path& model);

  const std::shared_ptr<const tokenizers::Tokenizer>& tokenizer() const { return tokenizer_; }
  bool hasTemplate() const { return !templates_.templates.empty(); }

  /// The prompt that the chat template makes of `messages`; `tools` may be null. An Error if the
  /// model has no template.
  std::string render(const Json& messages, const Json& tools,
                     const chat::RenderOptions& options) const;

  /// The text of one token by itself, special tokens too; always valid UTF-8.
  std::string textOf(tokenizers::TokenId id) const;
  /// The bytes that a token adds to the text before it; may be part of a character.
  std::string bytesOf(tokenizers::TokenId id) const;

 private:
  std::shared_ptr<const tokenizers::Tokenizer> tokenizer_;
  chat::TemplateSource templates_;
};

}  // namespace orrery
