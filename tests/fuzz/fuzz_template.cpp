// Any bytes as a template: an Error or a prompt, within the limits.

#include "core/chat/chat_template.h"

using namespace orrery;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const OrderedJson kMessages = OrderedJson::parse(
      R"([{"role": "user", "content": "a é"}, {"role": "assistant", "content": [{"type": "text"}],
           "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1.5, "y": null}}}]}])");
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  try {
    chat::ChatTemplate(source, "fuzz", {{"bos_token", "<s>"}}).render(kMessages, kMessages, {});
  } catch (const Error&) {
  }
  return 0;
}
