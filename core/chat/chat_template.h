#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"

/// What turns a conversation into a prompt and a model's answer back into a message.
namespace orrery::chat {

struct RenderOptions {
  /// Ends the prompt so that the model answers as the assistant.
  bool addGenerationPrompt = true;
  /// Further names the template sees, such as enable_thinking; they override special tokens.
  OrderedJson variables = OrderedJson::object();
  /// Local time for strftime_now; the clock's if empty.
  std::function<std::tm()> now;
};

/// A part of the prompt that the template marks with {% generation %}, in bytes.
struct GeneratedSpan {
  std::size_t begin = 0, end = 0;
  bool operator==(const GeneratedSpan&) const = default;
};

struct RenderedChat {
  std::string text;
  std::vector<GeneratedSpan> generated;
};

/// A parsed chat template. Renders as transformers' apply_chat_template does, byte for byte, and
/// within limits: a template that does not end becomes an Error. Immutable; threads may share it.
///
///     ChatTemplate chatTemplate(source, "chat_template.jinja", {{"bos_token", "<s>"}});
///     std::string prompt = chatTemplate.render(messages, tools, {});
class ChatTemplate {
 public:
  /// `name` stands in errors, which read "name: line 3: …". Special tokens are an object of names
  /// and texts. Throws if the source is not valid UTF-8 or no template.
  ChatTemplate(std::string_view source, std::string name, OrderedJson specialTokens);
  ~ChatTemplate();
  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;

  /// `messages` is an array of objects with role and content; `tools` an array of JSON schemas, or
  /// null.
  std::string render(const OrderedJson& messages, const OrderedJson& tools,
                     const RenderOptions& options) const;
  /// The same with the spans that the model wrote, for training.
  RenderedChat renderWithSpans(const OrderedJson& messages, const OrderedJson& tools,
                               const RenderOptions& options) const;

 private:
  struct Parsed;
  std::unique_ptr<const Parsed> parsed_;
};

}  // namespace orrery::chat
