#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/speech/frames.h"
#include "core/models/speech/heads.h"
#include "core/models/speech/hifi_gan.h"
#include "core/models/speech/speech_families.h"
#include "core/models/speech/vits_durations.h"
#include "core/models/speech/vits_flow.h"
#include "core/models/speech/vits_text.h"

namespace orrery::models::speech {
namespace {

/// Most frames of one row: 20 minutes at 62.5 a second. A small speaking rate, or a broken
/// checkpoint, must not take all memory.
constexpr std::int64_t kMaxFrames = 75'000;

/// What forward() is asked for besides the text.
struct Manner {
  double rate, noise, durationNoise;
  std::uint64_t seed = 0;
  at::Tensor speaker;  ///< [1, width, 1] or undefined
};

double numberInput(const TensorMap& inputs, const std::string& name, double otherwise) {
  const at::Tensor value = inputIf(inputs, name);
  if (!value.defined()) return otherwise;
  if (value.numel() != 1)
    throw Error(ErrorKind::kInvalidInput, "expected one number, found shape {}",
                nn::shapeText(value.sizes().vec()))
        .in("input " + quoted(name));
  return value.item<double>();
}

/// Which token each frame is of: durations [batch, tokens] → [batch, frames, tokens] of 0 and 1.
at::Tensor alignment(const at::Tensor& durations, std::int64_t frames) {
  const at::Tensor ends = at::cumsum(durations, -1).unsqueeze(1);
  const at::Tensor starts = ends - durations.unsqueeze(1);
  const at::Tensor frame = at::arange(frames, at::kFloat).view({1, -1, 1});
  return frame.ge(starts).logical_and(frame.lt(ends)).to(at::kFloat);
}

/// VITS. forward() takes, besides input_ids and attention_mask, single numbers: speaker_id,
/// speaking_rate, noise_scale and noise_scale_duration (else as the config has them), and the seed
/// of the noise (else 0), which is what torch draws after manual_seed.
class VitsModel : public Model {
 public:
  explicit VitsModel(const ModelSpec& spec) : VitsModel(spec, VitsConfig::read(spec.config)) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(known(inputs), {"input_ids", "attention_mask"});
    const at::Tensor ids = requireInput(inputs, "input_ids");
    const at::Tensor mask = maskFor(inputs, ids.size(0), ids.size(1));
    const Manner manner = mannerOf(inputs);
    at::Generator noise = at::detail::createCPUGenerator(manner.seed);
    const VitsText::Output text = text_(ids, mask, observer);
    const at::Tensor durations = durationsOf(text, ids, mask, manner, noise);
    return speak(text, durations, mask, manner, noise);
  }

 private:
  VitsModel(const ModelSpec& spec, const VitsConfig& c)
      : config_(c),
        text_(spec.weights / "text_encoder", c),
        durations_(makeVitsDurations(spec.weights / "duration_predictor", c)),
        flow_(spec.weights / "flow", c),
        decoder_(spec.weights / "decoder", c.decoder) {
    if (!spec.className.ends_with("Model")) refuseClass(spec);
    if (c.speakers > 1) speakers_.emplace(spec.weights / "embed_speaker", c.speakers, c.speaker);
    // Only training listens.
    for (const std::string& name : (spec.weights / "posterior_encoder").leftOver())
      spec.weights.ignore(name);
  }

  /// The inputs that are not single numbers.
  static TensorMap known(TensorMap inputs) {
    for (const char* name :
         {"speaker_id", "speaking_rate", "noise_scale", "noise_scale_duration", "seed"})
      inputs.erase(name);
    return inputs;
  }

  Manner mannerOf(const TensorMap& inputs) const {
    Manner manner{
        .rate = numberInput(inputs, "speaking_rate", config_.rate),
        .noise = numberInput(inputs, "noise_scale", config_.noise),
        .durationNoise = numberInput(inputs, "noise_scale_duration", config_.durationNoise)};
    if (!(manner.rate > 0))
      throw Error(ErrorKind::kInvalidInput, "expected a number above 0, found {}", manner.rate)
          .in("input \"speaking_rate\"");
    manner.seed = static_cast<std::uint64_t>(numberInput(inputs, "seed", 0));
    if (!speakers_ || !inputs.contains("speaker_id")) return manner;
    const at::Tensor id = requireInput(inputs, "speaker_id").flatten().to(at::kLong);
    manner.speaker = (*speakers_)(id).unsqueeze(-1);
    return manner;
  }

  /// Frames of each token, [batch, tokens].
  at::Tensor durationsOf(const VitsText::Output& text, const at::Tensor& ids,
                         const at::Tensor& mask, const Manner& manner, at::Generator& noise) const {
    const at::Tensor kept =
        (mask.defined() ? mask : at::ones_like(ids)).to(at::kFloat).unsqueeze(1);
    at::Tensor drawn;
    if (config_.stochastic)
      drawn = at::randn({ids.size(0), 2, ids.size(1)}, noise) * manner.durationNoise;
    const at::Tensor logs = (*durations_)(text.hidden.transpose(1, 2), kept, manner.speaker, drawn);
    return at::ceil(at::exp(logs) * kept * (1 / manner.rate)).squeeze(1);
  }

  TensorMap speak(const VitsText::Output& text, const at::Tensor& durations, const at::Tensor& mask,
                  const Manner& manner, at::Generator& noise) const {
    const at::Tensor lengths = durations.sum(1).clamp_min(1);
    const double most = lengths.max().item<double>();
    if (!(most <= static_cast<double>(kMaxFrames)))
      throw Error(ErrorKind::kInvalidInput,
                  "the text would be spoken in {} frames; at most {} are made at once", most,
                  kMaxFrames);
    const auto frames = static_cast<std::int64_t>(most);
    const at::Tensor kept =
        at::arange(frames, at::kFloat).unsqueeze(0).lt(lengths.unsqueeze(1)).to(at::kFloat);
    at::Tensor which = alignment(durations, frames) * kept.unsqueeze(-1);
    if (mask.defined()) which = which * mask.unsqueeze(1);
    const at::Tensor means = at::matmul(which, text.means).transpose(1, 2);
    const at::Tensor deviations =
        at::exp(at::matmul(which, text.logVariances).transpose(1, 2)) * manner.noise;
    // Drawn in the order of transformers, whose tensor lies transposed.
    const at::Tensor drawn = at::empty_like(means).normal_(0, 1, noise);
    const at::Tensor columns = kept.unsqueeze(1);
    const at::Tensor spectrogram =
        flow_(means + drawn * deviations, columns, manner.speaker) * columns;
    return {{"waveform", decoder_(spectrogram, manner.speaker)},
            {"spectrogram", spectrogram},
            {"sequence_lengths", lengths.to(at::kLong) * config_.decoder.samplesPerFrame()}};
  }

  VitsConfig config_;
  VitsText text_;
  std::unique_ptr<VitsDurations> durations_;
  VitsFlow flow_;
  HifiGan decoder_;
  std::optional<nn::Embedding> speakers_;
};

}  // namespace

std::unique_ptr<Model> makeVits(const ModelSpec& spec) {
  return std::make_unique<VitsModel>(spec);
}

}  // namespace orrery::models::speech
