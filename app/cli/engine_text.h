#pragma once

#include "app/cli/engine_model.h"
#include "core/protocol/text.h"

namespace orrery::engine {

protocol::TokenizeResult tokenize(const ModelStore& store, const protocol::TokenizeParams& params);
protocol::DetokenizeResult detokenize(const ModelStore& store,
                                      const protocol::DetokenizeParams& params);
protocol::RenderTemplateResult renderTemplate(const ModelStore& store,
                                              const protocol::RenderTemplateParams& params);

/// The messages of a prompt as the model's chat template writes them.
std::string renderPrompt(const TextTools& text, const protocol::Prompt& prompt);

/// The tokens of a prompt in any of its forms. An Error names the field that is missing or too
/// much.
std::vector<int> promptIds(const TextTools& text, const protocol::Prompt& prompt);

}  // namespace orrery::engine
