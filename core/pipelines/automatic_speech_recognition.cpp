#include "core/pipelines/generating_model.h"
#include "core/pipelines/sound_tasks.h"

namespace orrery::pipelines {
namespace {

struct RecogniserOptions {
  OrderedJson returnTimestamps;
  double chunkLength = 0;
  OrderedJson strideLength;
  bool returnLanguage = false;
  std::optional<std::string> prompt;
  std::optional<std::string> targetLanguage;
  OrderedJson generateKwargs;
  std::optional<std::int64_t> seed;

  static void fields(auto& f, auto& self) {
    f("return_timestamps", self.returnTimestamps,
      "Times of the text: true (of pieces, as Whisper hears them), \"word\" or \"char\"");
    f("chunk_length_s", self.chunkLength,
      "Cut the sound into overlapping chunks of so many seconds; 0: as the model does it");
    f("stride_length_s", self.strideLength,
      "Seconds of overlap at both ends of a chunk, or a list of two; null: a sixth of it");
    f("return_language", self.returnLanguage, "The language that is spoken, with each chunk");
    f("prompt", self.prompt, "What was said before, or words that may come: Whisper");
    f("target_lang", self.targetLanguage,
      "The language that is spoken, as its file adapter.LANG.safetensors is named: models of MMS; "
      "null: that of the checkpoint");
    f("generate_kwargs", self.generateKwargs,
      "Object of fields of GenerationConfig and, for Whisper, of language, task, temperature, "
      "condition_on_prev_tokens, compression_ratio_threshold, logprob_threshold, "
      "no_speech_threshold; these may be options of their own, too");
    f("seed", self.seed, "The same seed gives the same samples; null: another one each time");
  }
};

using Times = RecognitionOptions::Times;

Times timesOf(const OrderedJson& asked) {
  if (asked.is_null()) return Times::kUnsaid;
  if (asked.is_boolean()) return asked.get<bool>() ? Times::kSegments : Times::kNone;
  if (asked == "word") return Times::kWords;
  if (asked == "char") return Times::kCharacters;
  throw Error(ErrorKind::kInvalidInput, "expected true, false, \"word\" or \"char\", found {}",
              jsonExcerpt(Json(asked)))
      .in("options.return_timestamps");
}

std::optional<std::pair<double, double>> strideOf(const OrderedJson& asked) {
  if (asked.is_null()) return std::nullopt;
  const Json plain(asked);
  const JsonField field(plain, "options.stride_length_s");
  const auto both = plain.is_array() ? field.as<std::vector<double>>()
                                     : std::vector{field.as<double>(), field.as<double>()};
  if (both.size() != 2 || !(both[0] >= 0) || !(both[1] >= 0))
    throw field.error(
        fmt::format("expected seconds, or a list of two, found {}", jsonExcerpt(plain)));
  return std::pair(both[0], both[1]);
}

RecognitionOptions read(const Options& given) {
  RecogniserOptions options;
  OptionReader reader(given, "options");
  RecogniserOptions::fields(reader, options);
  RecognitionOptions result{.times = timesOf(options.returnTimestamps),
                            .chunkSeconds = options.chunkLength,
                            .strideSeconds = strideOf(options.strideLength),
                            .language = options.returnLanguage,
                            .prompt = options.prompt,
                            .targetLanguage = options.targetLanguage,
                            .seed = options.seed,
                            .generation = Json(reader.rest())};
  if (!(result.chunkSeconds >= 0) || result.chunkSeconds > 3600)
    throw Error(ErrorKind::kInvalidInput, "expected 0 to 3600 seconds, found {}",
                result.chunkSeconds)
        .in("options.chunk_length_s");
  if (options.generateKwargs.is_null()) return result;
  if (!options.generateKwargs.is_object())
    throw Error(ErrorKind::kInvalidInput, "expected an object of names and values, found {}",
                jsonExcerpt(Json(options.generateKwargs)))
        .in("options.generate_kwargs");
  for (const auto& [name, value] : options.generateKwargs.items())
    if (!result.generation.emplace(name, Json(value)).second)
      throw Error(ErrorKind::kInvalidInput, "is given twice, here and as an option of its own")
          .in("options.generate_kwargs." + name);
  return result;
}

std::unique_ptr<SpeechRecogniser> makeRecogniser(PipelineParts parts) {
  const JsonField config(parts.checkpoint.config, "config.json");
  const auto type = config.require<std::string>("model_type");
  if (type == "whisper") return makeWhisperRecogniser(std::move(parts));
  const bool writes = type == "speecht5" || type == "speech-encoder-decoder";
  return writes ? makeWritingRecogniser(std::move(parts)) : makeCtcRecogniser(std::move(parts));
}

class SpeechRecognition : public Pipeline {
 public:
  explicit SpeechRecognition(PipelineParts parts) : recogniser_(makeRecogniser(std::move(parts))) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    return runStreamed(input, given, context, {});
  }

  Result runStreamed(const Input& input, const Options& given, const JobContext& context,
                     const PartialCallback& partial) const override {
    RecognitionOptions options = read(given);
    options.partial = partial;
    return recogniser_->recognise(soundOf(input).file, options, context);
  }

 private:
  std::unique_ptr<SpeechRecogniser> recogniser_;
};

}  // namespace

void refuseAdapters(const RecognitionOptions& options) {
  if (options.targetLanguage)
    throw Error(ErrorKind::kInvalidInput,
                "options.target_lang: only models with a CTC head have adapters of languages");
}

void addAutomaticSpeechRecognition(TaskRegistry& registry) {
  registry.add({.name = "automatic-speech-recognition",
                .aliases = {},
                .description = "Writes down what is said in a recording, or translates it",
                .classEndings = {"ForConditionalGeneration", "ForCTC", "ForSpeechToText",
                                 "SpeechEncoderDecoderModel"},
                .takesSounds = true,
                .modelTypes = {"whisper", "data2vec-audio", "hubert", "speech-encoder-decoder",
                               "speecht5", "wav2vec2", "wav2vec2-bert", "wavlm"},
                .options = withGenerationFields(describeOptions<RecogniserOptions>()),
                .make = [](PipelineParts parts) {
                  return std::make_unique<SpeechRecognition>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
