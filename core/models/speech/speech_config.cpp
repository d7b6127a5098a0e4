#include "core/models/speech/speech_config.h"

namespace orrery::models::speech {

void addShapes(std::map<std::string, ReadShape>& table) {
  (void)table;
}

}  // namespace orrery::models::speech
