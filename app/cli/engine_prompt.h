#pragma once

#include "app/cli/engine_model.h"

namespace orrery::engine {

/// The tokens of a prompt in any of its forms, and, where it has pictures, sessions that have seen
/// them. Looking at pictures takes a turn. An Error names the field that is missing or too much.
PicturePrompt takeIn(EngineModel& model, const protocol::Prompt& prompt, const CancelToken& cancel);

/// Sessions of `model` for a prompt that was taken in; that must outlive them.
TurnTakingSessions sessionsFor(EngineModel& model, const PicturePrompt& prompt,
                               const CancelToken& cancel);

}  // namespace orrery::engine
