#pragma once

#include "app/cli/engine_model.h"
#include "core/protocol/server.h"

namespace orrery::engine {

/// Generates with `model`; tokens go to `context` as they are chosen. Throws what generation
/// throws, and an Error of kind kCancelled within a step of a cancellation.
protocol::GenerateResult generate(EngineModel& model, const protocol::GenerateParams& params,
                                  protocol::RequestContext& context);

/// The distribution of the token after the prompt, before and after the processors.
protocol::ExplainStepResult explainStep(EngineModel& model,
                                        const protocol::ExplainStepParams& params,
                                        const CancelToken& cancel);

/// The table of decoding fields, and the strategies of this build.
protocol::GenerationFieldsResult generationFields();

}  // namespace orrery::engine
