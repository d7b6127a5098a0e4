#pragma once

#include <filesystem>
#include <map>

#include "core/chat/chat_template.h"

namespace orrery::chat {

/// The chat templates of a checkpoint, not parsed yet.
struct TemplateSource {
  std::map<std::string, std::string> templates;       ///< by name: "default", "tool_use", …
  OrderedJson specialTokens = OrderedJson::object();  ///< "bos_token": "<s>", …
  std::string name;                                   ///< the file, for errors

  /// The template of that name; if empty, "tool_use" if there are tools and it exists, else
  /// "default". Throws an Error of kind kNotFound that lists the names there are.
  ChatTemplate parse(const std::string& wanted, bool hasTools) const;
};

/// Reads the templates of a checkpoint folder (processor_config.json, else chat_template.json, else
/// chat_template.jinja and additional_chat_templates/, else tokenizer_config.json) or of a GGUF
/// file's metadata. No template at all is no error here: `templates` is empty.
TemplateSource readTemplates(const std::filesystem::path& path);

}  // namespace orrery::chat
