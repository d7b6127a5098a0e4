#include <algorithm>
#include <filesystem>

#include "app/cli/engine_sound.h"
#include "core/models/speech/adapters_config.h"

namespace orrery::engine {
namespace {

namespace fs = std::filesystem;
using protocol::SoundModelResult;

/// A task as the registry of pipelines, which needs LibTorch, has it: a model of one of these types
/// serves it if its class ends so.
struct SoundTask {
  const char* name;
  std::vector<std::string_view> types;
  std::vector<std::string_view> endings;
};

const std::vector<SoundTask>& soundTasks() {
  static const std::vector<SoundTask> tasks{
      {"automatic-speech-recognition", {"whisper"}, {"ForConditionalGeneration"}},
      {"automatic-speech-recognition",
       {"data2vec-audio", "hubert", "wav2vec2", "wav2vec2-bert", "wavlm"},
       {"ForCTC"}},
      {"automatic-speech-recognition",
       {"speech-encoder-decoder", "speecht5"},
       {"SpeechEncoderDecoderModel", "ForSpeechToText"}},
      {"text-to-audio", {"vits"}, {"VitsModel"}},
      {"text-to-audio", {"speecht5"}, {"ForTextToSpeech"}},
      {"voice-conversion", {"speecht5"}, {"ForSpeechToSpeech"}},
      {"audio-classification",
       {"audio-spectrogram-transformer", "data2vec-audio", "hubert", "wav2vec2", "wav2vec2-bert",
        "wavlm", "whisper"},
       {"ForSequenceClassification", "ForAudioClassification"}},
      {"zero-shot-audio-classification", {"clap"}, {"Model"}}};
  return tasks;
}

// A configuration that names no class stands for whatever its type can be.
bool serves(const SoundTask& task, std::string_view type, std::string_view own) {
  const auto isType = [&](std::string_view name) { return name == type; };
  const auto isEnd = [&](std::string_view end) { return own.ends_with(end); };
  return std::ranges::any_of(task.types, isType) &&
         (own.empty() || std::ranges::any_of(task.endings, isEnd));
}

/// "<|en|>" is "en".
std::string bare(const std::string& token) {
  const bool framed = token.starts_with("<|") && token.ends_with("|>") && token.size() > 4;
  return framed ? token.substr(2, token.size() - 4) : token;
}

void addLanguages(SoundModelResult& result, const fs::path& folder) {
  const fs::path file = folder / "generation_config.json";
  if (std::error_code ignored; !fs::exists(file, ignored)) return;
  const Json json = readJsonFile(file);
  const JsonField config(json, file.string());
  if (!config.get("is_multilingual", true)) return;
  const auto names = [&](const char* field) {
    std::vector<std::string> keys;
    const auto found = config.find(field);
    if (!found) return keys;
    if (!found->json().is_object()) throw found->error("expected an object of tokens");
    for (const auto& [key, token] : found->json().items()) keys.push_back(bare(key));
    return keys;
  };
  result.languages = names("lang_to_id");
  result.tasks = names("task_to_id");
  result.multilingual = result.languages.size() > 1;
}

void addAdapters(SoundModelResult& result, const fs::path& folder) {
  for (const auto& [language, file] : models::speech::adapterLanguages(folder))
    result.languages.push_back(language);
  result.multilingual = result.languages.size() > 1;
}

/// transformers' words for how a model comes from sound to text.
std::string recogniserOf(const std::string& type) {
  if (type == "whisper") return type;
  return type == "speecht5" || type == "speech-encoder-decoder" ? "seq2seq" : "ctc";
}

// With the defaults of transformers' VitsConfig.
void addManner(SoundModelResult& result, const JsonField& config) {
  result.speakers = config.get("num_speakers", 1);
  result.speakingRate = config.get("speaking_rate", 1.0);
  result.noiseScale = config.get("noise_scale", 0.667);
  result.noiseScaleDuration = config.get("noise_scale_duration", 0.8);
}

}  // namespace

SoundModelResult modelOfSounds(const protocol::SoundModelParams& params) {
  SoundModelResult result;
  if (std::error_code ignored; !fs::is_directory(params.path, ignored)) {
    if (fs::exists(params.path, ignored)) return result;  // a GGUF file: of texts
    throw Error(ErrorKind::kNotFound, "{}: there is no such model", params.path);
  }
  const fs::path folder(params.path);
  const fs::path file = folder / "config.json";
  const Json json = readJsonFile(file);
  const JsonField config(json, file.string());
  const auto type = config.get<std::string>("model_type", {});
  const auto classes = config.get<std::vector<std::string>>("architectures", {});
  const std::string own = classes.empty() ? "" : classes.front();
  for (const SoundTask& task : soundTasks())
    if (serves(task, type, own)) result.pipelines.emplace_back(task.name);
  const auto serving = [&](const char* task) {
    return std::ranges::find(result.pipelines, task) != result.pipelines.end();
  };
  if (serving("automatic-speech-recognition")) result.recogniser = recogniserOf(type);
  if (result.recogniser == "whisper") addLanguages(result, folder);
  if (result.recogniser == "ctc" && config.has("adapter_attn_dim")) addAdapters(result, folder);
  if (serving("text-to-audio")) result.voice = type == "vits" ? "waveform" : "spectrogram";
  if (result.voice == "waveform") addManner(result, config);
  return result;
}

}  // namespace orrery::engine
