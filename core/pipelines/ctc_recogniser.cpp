#include <cmath>

#include "core/base/progress.h"
#include "core/media/av/sound.h"
#include "core/pipelines/ctc_languages.h"
#include "core/pipelines/sound_tasks.h"
#include "core/pipelines/vision_model.h"

namespace orrery::pipelines {
namespace {

using Times = RecognitionOptions::Times;

/// Samples that one output of the model stands for.
std::int64_t samplesPerOutput(const JsonField& config) {
  std::int64_t result = 1;
  if (config.require<std::string>("model_type") != "wav2vec2-bert") {
    for (const std::int64_t stride :
         config.get("conv_stride", std::vector<std::int64_t>{5, 2, 2, 2, 2, 2, 2}))
      result *= stride;
    return result;
  }
  result = 2 * config.get("feature_projection_input_dim", std::int64_t{160});
  if (config.get("add_adapter", false))
    for (std::int64_t i = config.get("num_adapter_layers", std::int64_t{1}); i > 0; --i)
      result *= config.get("adapter_stride", std::int64_t{2});
  return result;
}

/// Half of an even number goes to the even one, as Python rounds.
std::int64_t rounded(double value) {
  return static_cast<std::int64_t>(std::nearbyint(value));
}

class CtcRecogniser : public SpeechRecogniser {
 public:
  explicit CtcRecogniser(PipelineParts parts)
      : model_(std::move(parts)),
        languages_(model_),
        perOutput_(samplesPerOutput(model_.config())) {}

  Transcript recognise(const std::filesystem::path& file, const RecognitionOptions& options,
                       const JobContext& context) const override {
    refuseOthers(options);
    const CtcLanguages::Language& language = languages_.find(options.targetLanguage);
    const std::vector<std::int64_t> ids = options.chunkSeconds > 0
                                              ? hearChunks(file, *language.model, options, context)
                                              : hearWhole(file, *language.model, context);
    const CtcText text = decodeCtc(ids, language.vocabulary);
    Transcript result{.text = text.text};
    if (options.times == Times::kUnsaid || options.times == Times::kNone) return result;
    result.withTimes = result.byWords = true;
    const double seconds =
        static_cast<double>(perOutput_) / static_cast<double>(model_.extractor().samplingRate());
    for (const CtcPiece& piece : options.times == Times::kWords
                                     ? ctcWords(text.characters, language.vocabulary.replacement)
                                     : text.characters)
      result.chunks.push_back({.text = piece.text,
                               .start = static_cast<double>(piece.start) * seconds,
                               .end = static_cast<double>(piece.end) * seconds});
    return result;
  }

 private:
  static void refuseOthers(const RecognitionOptions& options) {
    const auto refuse = [](const std::string& option, const std::string& why) {
      throw Error(ErrorKind::kInvalidInput, "options.{}: {}", option, why);
    };
    if (options.times == Times::kSegments)
      refuse("return_timestamps",
             "a model with a CTC head gives times of \"word\" or \"char\", found true");
    if (options.language) refuse("return_language", "a model with a CTC head tells no language");
    if (options.prompt) refuse("prompt", "a model with a CTC head takes no prompt");
    if (!options.generation.empty())
      refuse(options.generation.begin().key(), "a model with a CTC head does not generate");
  }

  /// The likeliest token of each output for `samples`.
  std::vector<std::int64_t> hear(const std::vector<float>& samples,
                                 const models::Model& model) const {
    const models::TensorMap inputs =
        model_.extractor().process({&samples, 1}, {.returnAttentionMask = true});
    const at::Tensor logits = requireOutput(model.forward(inputs), "logits")[0];
    const at::Tensor best = logits.argmax(-1).contiguous();
    return {best.data_ptr<std::int64_t>(), best.data_ptr<std::int64_t>() + best.numel()};
  }

  std::vector<std::int64_t> hearWhole(const std::filesystem::path& file, const models::Model& model,
                                      const JobContext& context) const {
    const auto samples = media::readSound(file, model_.extractor().samplingRate(), context);
    context.cancel.throwIfCancelled();
    return hear(samples, model);
  }

  std::vector<std::int64_t> hearChunks(const std::filesystem::path& file,
                                       const models::Model& model,
                                       const RecognitionOptions& options,
                                       const JobContext& context) const {
    const int rate = model_.extractor().samplingRate();
    const double seconds = media::SoundReader::open(file, rate).info().seconds;
    ProgressMeter meter("recognising", "s", seconds, context.progress);
    std::vector<std::int64_t> result;
    double done = 0;
    const auto size = ChunkSamples::of(options, rate, perOutput_);
    forEachChunk(file, rate, size, [&](const SoundChunk& chunk) {
      context.cancel.throwIfCancelled();
      const std::vector<std::int64_t> ids = hear(chunk.samples, model);
      const auto length = static_cast<double>(chunk.samples.size());
      const std::int64_t count = rounded(length / static_cast<double>(perOutput_));
      const auto share = [&](std::int64_t samples) {
        return rounded(static_cast<double>(samples) / length * static_cast<double>(count));
      };
      const auto known = static_cast<std::int64_t>(ids.size());
      const std::int64_t end = std::min(known, count - share(chunk.right));
      const std::int64_t begin = std::min(share(chunk.left), end);
      result.insert(result.end(), ids.begin() + begin, ids.begin() + end);
      done += static_cast<double>(size.length - size.left - size.right) / rate;
      meter.advanceTo(std::min(done, seconds));
    });
    meter.finish();
    return result;
  }

  SoundModel model_;
  CtcLanguages languages_;
  std::int64_t perOutput_;
};

}  // namespace

std::unique_ptr<SpeechRecogniser> makeCtcRecogniser(PipelineParts parts) {
  return std::make_unique<CtcRecogniser>(std::move(parts));
}

}  // namespace orrery::pipelines
