#include "core/models/speech/speech_families.h"

/// The one place that lists the families of this folder.
namespace orrery::models::speech {

void registerFamilies(Families& families) {
  families["audio-spectrogram-transformer"] = makeSpectrogramTransformer;
  families["clap"] = makeClap;
  families["data2vec-audio"] = makeWav2Vec2;
  families["hubert"] = makeWav2Vec2;
  families["speech-encoder-decoder"] = makeSpeechEncoderDecoder;
  families["speecht5"] = makeSpeechT5;
  families["speecht5_hifigan"] = makeVocoder;
  families["vits"] = makeVits;
  families["wav2vec2"] = makeWav2Vec2;
  families["wav2vec2-bert"] = makeConformer;
  families["wavlm"] = makeWav2Vec2;
  families["whisper"] = makeWhisper;
}

}  // namespace orrery::models::speech
