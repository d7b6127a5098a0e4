#include "core/chat/chat_template.h"

#include "core/base/utf8.h"
#include "core/chat/jinja/callables.h"
#include "core/chat/jinja/parser.h"

namespace orrery::chat {
namespace {

std::tm localTime() {
  const std::time_t now = std::time(nullptr);
  std::tm result{};
  localtime_r(&now, &result);
  return result;
}

jinja::FramePtr namesOf(const OrderedJson& specialTokens, const OrderedJson& messages,
                        const OrderedJson& tools, const RenderOptions& options) {
  const auto frame = std::make_shared<jinja::Frame>(jinja::builtinNames());
  for (const auto* source : {&specialTokens, &options.variables})
    for (const auto& [name, value] : source->items())
      frame->set(name, jinja::Value::fromJson(value));
  if (!frame->find("documents")) frame->set("documents", {});
  frame->set("messages", withContext("messages", [&] { return jinja::Value::fromJson(messages); }));
  frame->set("tools", withContext("tools", [&] { return jinja::Value::fromJson(tools); }));
  frame->set("add_generation_prompt", options.addGenerationPrompt);
  return frame;
}

void requireArrayOfObjects(const OrderedJson& value, std::string_view what) {
  if (!value.is_array())
    throw Error(ErrorKind::kInvalidInput, "expected a list of objects, found {}", value.type_name())
        .in(what);
  for (std::size_t i = 0; i < value.size(); ++i)
    if (!value[i].is_object())
      throw Error(ErrorKind::kInvalidInput, "expected an object, found {}", value[i].type_name())
          .in(fmt::format("{}[{}]", what, i));
}

}  // namespace

struct ChatTemplate::Parsed {
  std::string name;
  OrderedJson specialTokens;
  jinja::Block block;
};

ChatTemplate::ChatTemplate(std::string_view source, std::string name, OrderedJson specialTokens) {
  withContext(name, [&] {
    if (const auto at = utf8::firstInvalid(source); at != std::string_view::npos)
      throw Error(ErrorKind::kInvalidInput, "not valid UTF-8 at byte {}", at);
    parsed_ = std::make_unique<Parsed>(
        Parsed{name, std::move(specialTokens), jinja::parseTemplate(source)});
  });
}

ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;

std::string ChatTemplate::render(const OrderedJson& messages, const OrderedJson& tools,
                                 const RenderOptions& options) const {
  return renderWithSpans(messages, tools, options).text;
}

RenderedChat ChatTemplate::renderWithSpans(const OrderedJson& messages, const OrderedJson& tools,
                                           const RenderOptions& options) const {
  requireArrayOfObjects(messages, "messages");
  if (!tools.is_null()) requireArrayOfObjects(tools, "tools");
  return withContext(parsed_->name, [&] {
    jinja::Evaluator evaluator({}, options.now ? options.now : localTime);
    const auto names = namesOf(parsed_->specialTokens, messages, tools, options);
    RenderedChat result{evaluator.render(parsed_->block, names), {}};
    for (const jinja::Span& span : evaluator.generationSpans())
      result.generated.push_back({span.begin, span.end});
    return result;
  });
}

}  // namespace orrery::chat
