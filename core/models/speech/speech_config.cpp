#include "core/models/speech/speech_config.h"

#include "core/models/speech/whisper_config.h"

namespace orrery::models::speech {

void addShapes(std::map<std::string, ReadShape>& table) {
  table["whisper"] = whisperShape;
}

bool isSpeechType(const std::string& modelType) {
  std::map<std::string, ReadShape> table;
  addShapes(table);
  return table.contains(modelType);
}

}  // namespace orrery::models::speech
