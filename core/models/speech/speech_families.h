#pragma once

#include "core/models/families.h"

/// What builds the models of each type in this folder.
namespace orrery::models::speech {

std::unique_ptr<Model> makeClap(const ModelSpec& spec);
std::unique_ptr<Model> makeConformer(const ModelSpec& spec);  ///< wav2vec2-bert
std::unique_ptr<Model> makeSpectrogramTransformer(const ModelSpec& spec);
std::unique_ptr<Model> makeSpeechEncoderDecoder(const ModelSpec& spec);
std::unique_ptr<Model> makeSpeechT5(const ModelSpec& spec);
std::unique_ptr<Model> makeVocoder(const ModelSpec& spec);  ///< speecht5_hifigan
std::unique_ptr<Model> makeVits(const ModelSpec& spec);
std::unique_ptr<Model> makeWav2Vec2(const ModelSpec& spec);  ///< and hubert, wavlm, data2vec-audio
std::unique_ptr<Model> makeWhisper(const ModelSpec& spec);

}  // namespace orrery::models::speech
