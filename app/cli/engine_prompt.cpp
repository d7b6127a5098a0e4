#include "app/cli/engine_prompt.h"

#include "app/cli/engine_text.h"
#include "core/chat/pictures.h"

namespace orrery::engine {

PicturePrompt takeIn(EngineModel& model, const protocol::Prompt& prompt,
                     const CancelToken& cancel) {
  const bool isOneForm = !prompt.text && !prompt.ids;  // else promptIds() tells
  if (!prompt.messages || !isOneForm) return {.ids = promptIds(*model.text, prompt)};
  const OrderedJson messages(*prompt.messages);
  // Without pictures too, such a model's own processor makes the tokens of a conversation.
  if (!model.loaded->takesPictures() && !chat::hasPictures(messages))
    return {.ids = promptIds(*model.text, prompt)};
  const auto files = chat::pictureFiles(messages);
  const std::string text = renderPrompt(*model.text, prompt);
  const Turns::Turn turn(model.turns, cancel);
  PicturePrompt result = model.loaded->withPictures(text, files);
  result.ids.insert(result.ids.end(), prompt.appendIds.begin(), prompt.appendIds.end());
  return result;
}

TurnTakingSessions sessionsFor(EngineModel& model, const PicturePrompt& prompt,
                               const CancelToken& cancel) {
  if (!prompt.sessions) return model.sessions(cancel);
  return {*prompt.sessions, model.turns, cancel};
}

}  // namespace orrery::engine
