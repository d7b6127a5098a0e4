#include "ui/speech/sound_questions.h"

#include <QCoreApplication>
#include <algorithm>

#include "core/base/error.h"
#include "ui/engine/model_name.h"

namespace orrery::ui {
namespace {

[[noreturn]] void refuse(const char* sentence, const QString& model) {
  throw Error(ErrorKind::kUnsupported, "{}",
              QCoreApplication::translate("SoundQuestions", sentence)
                  .arg(shortModelName(model))
                  .toStdString());
}

bool holds(const std::vector<std::string>& list, const std::string& name) {
  return std::ranges::find(list, name) != list.end();
}

Json recognitionOptions(const SpeechQuestion& question, const protocol::SoundModelResult& model) {
  if (model.recogniser.empty())
    refuse("%1 writes down no speech. Choose a model that does, such as Whisper or wav2vec 2.0.",
           question.model);
  Json options = Json::object();
  if (model.recogniser != "seq2seq") options["return_timestamps"] = "word";
  const std::string task = question.translate ? "translate" : "transcribe";
  if (holds(model.tasks, task)) options["task"] = task;
  if (question.translate && !options.contains("task"))
    refuse("%1 cannot translate.", question.model);
  const std::string language = question.language.toStdString();
  if (holds(model.languages, language))
    options[model.recogniser == "ctc" ? "target_lang" : "language"] = language;
  return options;
}

}  // namespace

SoundRunner::Question recognition(const SpeechQuestion& question) {
  return [question](const protocol::SoundModelResult& model) {
    return protocol::RunPipelineParams{.task = "automatic-speech-recognition",
                                       .path = question.model.toStdString(),
                                       .input = {{"audio", question.file.toStdString()}},
                                       .options = recognitionOptions(question, model)};
  };
}

SoundRunner::Question speaking(const QString& name, const QString& text, const Json& options) {
  return [name, text, options](const protocol::SoundModelResult& model) {
    if (model.voice.empty())
      refuse("%1 does not speak. Choose a model that does, such as VITS or SpeechT5.", name);
    return protocol::RunPipelineParams{.task = "text-to-audio",
                                       .path = name.toStdString(),
                                       .input = text.toStdString(),
                                       .options = options};
  };
}

}  // namespace orrery::ui
