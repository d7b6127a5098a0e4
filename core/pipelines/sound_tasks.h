#pragma once

#include "core/pipelines/speech_recogniser.h"

/// The tasks of sounds and what they are put together of.
namespace orrery::pipelines {

void addAudioClassification(TaskRegistry& registry);
void addZeroShotAudioClassification(TaskRegistry& registry);

/// Of wav2vec 2.0 and its relatives.
std::unique_ptr<SpeechRecogniser> makeCtcRecogniser(PipelineParts parts);
/// Of SpeechT5 and speech encoder-decoders.
std::unique_ptr<SpeechRecogniser> makeWritingRecogniser(PipelineParts parts);

}  // namespace orrery::pipelines
