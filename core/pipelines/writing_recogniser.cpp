#include "core/media/av/sound.h"
#include "core/pipelines/generating_model.h"
#include "core/pipelines/sound_tasks.h"
#include "core/processors/feature_extractor.h"

namespace orrery::pipelines {
namespace {

using generation::GenerationConfig;
using tokenizers::TokenId;
using Times = RecognitionOptions::Times;

/// A decoder that writes what an encoder has heard, with generate() as any other: SpeechT5, and
/// models put together of an encoder of sounds and a decoder of texts.
class WritingRecogniser : public SpeechRecogniser {
 public:
  explicit WritingRecogniser(PipelineParts parts)
      : model_(std::move(parts), {.name = "automatic-speech-recognition",
                                  .defaults = {{"max_new_tokens", 256}, {"num_beams", 5}},
                                  .modelFirst = true,
                                  .pictures = true}),
        extractor_(processors::FeatureExtractor::load(model_.text().checkpoint().folderOrFile)) {}

  Transcript recognise(const std::filesystem::path& file, const RecognitionOptions& options,
                       const JobContext& context) const override {
    refuseOthers(options);
    const GenerationConfig how = generationOf(options);
    const std::vector<TokenId> ids = options.chunkSeconds > 0
                                         ? writeChunks(file, options, how, context)
                                         : writeWhole(file, options, how, context);
    return {.text = model_.text().tokenizer().decode(ids, /*skipSpecialTokens=*/true)};
  }

 private:
  static void refuseOthers(const RecognitionOptions& options) {
    const auto refuse = [](const char* option, const char* why) {
      throw Error(ErrorKind::kInvalidInput, "options.{}: of models that write, only Whisper {}",
                  option, why);
    };
    if (options.times != Times::kUnsaid && options.times != Times::kNone)
      refuse("return_timestamps", "tells times");
    if (options.language) refuse("return_language", "tells the language");
    if (options.prompt) refuse("prompt", "takes a prompt");
    refuseAdapters(options);
  }

  GenerationConfig generationOf(const RecognitionOptions& options) const {
    const Options fields(options.generation);
    refuseUnknownFields(fields, {"chunk_length_s", "stride_length_s", "generate_kwargs", "seed"});
    GenerationConfig how = model_.config(fields);
    if (how.numReturnSequences != 1)
      throw Error(ErrorKind::kInvalidInput,
                  "options.num_return_sequences: a recording has one transcript, found {}",
                  how.numReturnSequences);
    return how;
  }

  /// What is written about `samples`, from the token on that the decoder starts with.
  std::vector<TokenId> write(const std::vector<float>& samples, const RecognitionOptions& options,
                             const GenerationConfig& how, const JobContext& context) const {
    context.cancel.throwIfCancelled();
    const models::TensorMap heard =
        extractor_->process({&samples, 1}, {.returnAttentionMask = true});
    const auto sessions = model_.text().model().sessionFactoryFor(heard);
    const auto written = model_.generate(*sessions, {}, how, options.seed, context);
    const auto start = how.decoderStartTokenId ? how.decoderStartTokenId : how.bosTokenId;
    return model_.paddedRows(written, {*start}, how).front();
  }

  std::vector<TokenId> writeWhole(const std::filesystem::path& file,
                                  const RecognitionOptions& options, const GenerationConfig& how,
                                  const JobContext& context) const {
    return write(media::readSound(file, extractor_->samplingRate(), context), options, how,
                 context);
  }

  /// As the reference joins chunks of such models: what is written about one stands behind what is
  /// about the one before, overlaps twice.
  std::vector<TokenId> writeChunks(const std::filesystem::path& file,
                                   const RecognitionOptions& options, const GenerationConfig& how,
                                   const JobContext& context) const {
    const int rate = extractor_->samplingRate();
    const double seconds = media::SoundReader::open(file, rate).info().seconds;
    ProgressMeter meter("recognising", "s", seconds, context.progress);
    const JobContext apart{.cancel = context.cancel, .progress = {}};
    const auto size = ChunkSamples::of(options, rate, 1);
    std::vector<TokenId> result;
    double done = 0;
    forEachChunk(file, rate, size, [&](const SoundChunk& chunk) {
      const std::vector<TokenId> ids = write(chunk.samples, options, how, apart);
      result.insert(result.end(), ids.begin(), ids.end());
      done += static_cast<double>(size.length - size.left - size.right) / rate;
      meter.advanceTo(std::min(done, seconds));
    });
    meter.finish();
    return result;
  }

  GeneratingModel model_;
  std::unique_ptr<const processors::FeatureExtractor> extractor_;
};

}  // namespace

std::unique_ptr<SpeechRecogniser> makeWritingRecogniser(PipelineParts parts) {
  return std::make_unique<WritingRecogniser>(std::move(parts));
}

}  // namespace orrery::pipelines
