#include "core/models/speech/speech_config.h"

#include "core/models/speech/clap_config.h"
#include "core/models/speech/conformer_config.h"
#include "core/models/speech/spectrogram_transformer_config.h"
#include "core/models/speech/speech_encoder_decoder_config.h"
#include "core/models/speech/speecht5_config.h"
#include "core/models/speech/vits_config.h"
#include "core/models/speech/wav2vec2_config.h"
#include "core/models/speech/whisper_config.h"

namespace orrery::models::speech {

void addShapes(std::map<std::string, ReadShape>& table) {
  table["audio-spectrogram-transformer"] = spectrogramTransformerShape;
  table["clap"] = clapShape;
  table["data2vec-audio"] = wav2vec2Shape;
  table["hubert"] = wav2vec2Shape;
  table["speech-encoder-decoder"] = speechEncoderDecoderShape;
  table["speecht5"] = speechT5Shape;
  table["speecht5_hifigan"] = vocoderShape;
  table["vits"] = vitsShape;
  table["wav2vec2"] = wav2vec2Shape;
  table["wav2vec2-bert"] = conformerShape;
  table["wavlm"] = wav2vec2Shape;
  table["whisper"] = whisperShape;
}

bool isSpeechType(const std::string& modelType) {
  std::map<std::string, ReadShape> table;
  addShapes(table);
  return table.contains(modelType);
}

}  // namespace orrery::models::speech
