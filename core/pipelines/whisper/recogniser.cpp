#include <random>

#include "core/pipelines/generating_model.h"
#include "core/pipelines/speech_recogniser.h"
#include "core/pipelines/whisper/prompt.h"
#include "core/pipelines/whisper/sound_writer.h"

namespace orrery::pipelines {
namespace {

using Times = RecognitionOptions::Times;

class WhisperRecogniser : public SpeechRecogniser {
 public:
  explicit WhisperRecogniser(PipelineParts parts)
      : model_(std::move(parts), {.name = "automatic-speech-recognition",
                                  .defaults = {{"max_new_tokens", 256}, {"num_beams", 5}},
                                  .modelFirst = true,
                                  .pictures = true,
                                  .apart = WhisperSettings::fileFields()}),
        extractor_(processors::FeatureExtractor::load(checkpoint().folderOrFile)) {
    Json own = checkpoint().generationConfig;
    if (own.is_object()) settings_.takeFile(own, "generation_config.json");
    const JsonField config = model_.text().config();
    if (settings_.forcedDecoderIds.empty() && config.has("forced_decoder_ids")) {
      Json forced{{"forced_decoder_ids", config["forced_decoder_ids"].json()}};
      settings_.takeFile(forced, "config.json");
    }
    shape_ = {2 * config.get("max_source_positions", std::int64_t{1500}), extractor_->hopLength()};
  }

  Transcript recognise(const std::filesystem::path& file, const RecognitionOptions& options,
                       const JobContext& context) const override {
    const Listening how = prepare(options);
    PartialTranscript partial(options.partial, model_.text().tokenizer(), how.firstTime);
    const TranscriptForm form{.times = how.wordTimes              ? TranscriptForm::Times::kWords
                                       : tellsTimes(options, how) ? TranscriptForm::Times::kSegments
                                                                  : TranscriptForm::Times::kNone,
                              .language = options.language,
                              .timePrecision = static_cast<double>(shape_.samples()) /
                                               extractor_->samplingRate() /
                                               static_cast<double>(shape_.frames / 2)};
    std::vector<HeardTokens> heard = options.chunkSeconds > 0
                                         ? hearChunks(file, options, how, partial, context)
                                         : hearWhole(file, how, partial, context);
    if (!options.language)
      for (HeardTokens& tokens : heard) tokens.language.reset();
    return transcriptOf(heard, model_.text().tokenizer(), form);
  }

 private:
  const checkpoint::Checkpoint& checkpoint() const { return model_.text().checkpoint(); }

  static bool tellsTimes(const RecognitionOptions& options, const Listening& how) {
    return options.times == Times::kUnsaid ? how.settings.returnTimestamps
                                           : options.times != Times::kNone;
  }

  Listening prepare(const RecognitionOptions& options) const {
    refuseAdapters(options);
    Json fields = options.generation;
    Listening how{.model = model_, .settings = settings_};
    WhisperSettings& settings = how.settings;
    settings.takeArguments(fields, "options");
    if (options.times == Times::kCharacters)
      throw Error(ErrorKind::kInvalidInput,
                  "options.return_timestamps: Whisper gives no times of characters, expected true "
                  "or \"word\"");
    how.wordTimes = options.times == Times::kWords;
    if (options.times != Times::kUnsaid) settings.returnTimestamps = options.times != Times::kNone;
    if (options.prompt)
      settings.promptIds = promptTokens(model_.text().tokenizer(), *options.prompt);
    if (settings.promptForAllSegments && !settings.conditionOnPrevTokens)
      throw Error(
          ErrorKind::kInvalidInput,
          "options.prompt_condition_type: \"all-segments\" expects condition_on_prev_tokens "
          "to be true");
    refuseUnknownFields(
        Options(fields),
        {"return_timestamps", "chunk_length_s", "stride_length_s", "return_language", "prompt",
         "generate_kwargs", "seed", "prompt_ids", "prompt_condition_type", "language", "task"});
    how.config = model_.config(Options(fields));
    const JsonField config = model_.text().config();
    how.positions = config.get("max_target_positions", std::int64_t{448});
    how.vocab = config.get("vocab_size", std::int64_t{51865});
    how.alignment = {settings.alignmentHeads, config.get("median_filter_width", std::int64_t{7}),
                     0};
    how.seed = options.seed ? static_cast<std::uint64_t>(*options.seed) : std::random_device{}();
    how.start =
        how.config.decoderStartTokenId.value_or(config.get("decoder_start_token_id", 50257));
    how.firstTime = settings.noTimestampsTokenId ? *settings.noTimestampsTokenId + 1
                                                 : static_cast<TokenId>(how.vocab) + 1;
    checkTimes(how);
    return how;
  }

  static void checkTimes(const Listening& how) {
    if (how.settings.returnTimestamps && !how.settings.noTimestampsTokenId)
      throw Error(ErrorKind::kInvalidInput,
                  "options.return_timestamps: generation_config.json lacks no_timestamps_token_id, "
                  "without which this model tells no times");
    if (how.wordTimes && how.settings.alignmentHeads.empty())
      throw Error(
          ErrorKind::kInvalidInput,
          "options.return_timestamps: generation_config.json lacks alignment_heads, without "
          "which this model tells no times of words");
    if (how.alignment.filterWidth < 1 || how.alignment.filterWidth % 2 == 0)
      throw Error(ErrorKind::kInvalidInput,
                  "config.json: median_filter_width: expected an odd number, found {}",
                  how.alignment.filterWidth);
  }

  std::vector<HeardTokens> hearWhole(const std::filesystem::path& file, Listening how,
                                     PartialTranscript& partial, const JobContext& context) const {
    auto reader = media::SoundReader::open(file, extractor_->samplingRate());
    std::vector<float> samples(static_cast<std::size_t>(shape_.samples() + 1));
    samples.resize(reader.read(samples));
    if (samples.empty())
      throw Error(ErrorKind::kInvalidInput, "has no sound: there is not one sample in it")
          .in(file.string());
    ProgressMeter meter("recognising", "s", reader.info().seconds, context.progress);
    const bool isLong = static_cast<std::int64_t>(samples.size()) > shape_.samples();
    std::unique_ptr<MelSource> source;
    if (isLong) {
      // Only the times that are written say where the next window begins.
      how.settings.returnTimestamps = how.settings.noTimestampsTokenId.has_value();
      source = longSound(file, *extractor_, shape_, context.cancel);
    } else {
      source = shortSound(samples, *extractor_, shape_);
    }
    return {SoundWriter(how, partial, context).write(*source, 0, meter)};
  }

  std::vector<HeardTokens> hearChunks(const std::filesystem::path& file,
                                      const RecognitionOptions& options, const Listening& how,
                                      PartialTranscript& partial, const JobContext& context) const {
    const int rate = extractor_->samplingRate();
    const double seconds = media::SoundReader::open(file, rate).info().seconds;
    ProgressMeter meter("recognising", "s", seconds, context.progress);
    std::vector<HeardTokens> result;
    double from = 0;
    const auto size = ChunkSamples::of(options, rate, 1);
    forEachChunk(file, rate, size, [&](const SoundChunk& chunk) {
      const auto inSeconds = [&](std::size_t samples) {
        return static_cast<double>(samples) / rate;
      };
      const auto source = shortSound(chunk.samples, *extractor_, shape_);
      HeardTokens heard = SoundWriter(how, partial, context).write(*source, from, meter);
      heard.stride = {inSeconds(chunk.samples.size()),
                      inSeconds(static_cast<std::size_t>(chunk.left)),
                      inSeconds(static_cast<std::size_t>(chunk.right))};
      result.push_back(std::move(heard));
      from += inSeconds(static_cast<std::size_t>(size.length - size.left - size.right));
    });
    return result;
  }

  GeneratingModel model_;
  std::unique_ptr<const processors::FeatureExtractor> extractor_;
  WhisperSettings settings_;
  MelShape shape_;
};

}  // namespace

std::unique_ptr<SpeechRecogniser> makeWhisperRecogniser(PipelineParts parts) {
  return std::make_unique<WhisperRecogniser>(std::move(parts));
}

}  // namespace orrery::pipelines
