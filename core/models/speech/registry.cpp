#include "core/models/speech/speech_families.h"

/// The one place that lists the families of this folder.
namespace orrery::models::speech {

void registerFamilies(Families& families) {
  families["whisper"] = makeWhisper;
}

}  // namespace orrery::models::speech
