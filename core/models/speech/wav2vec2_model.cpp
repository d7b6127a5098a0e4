#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/speech/frames.h"
#include "core/models/speech/language_adapters.h"
#include "core/models/speech/speech_families.h"
#include "core/models/speech/wav2vec2.h"

/// wav2vec2, hubert, wavlm and data2vec-audio with their heads.
namespace orrery::models::speech {
namespace {

using nn::Linear;
constexpr auto kBias = Linear::Bias::kRequired;

/// What pre-training compares: the encoder's states and the quantized features of before it.
class PreTrainingHead {
 public:
  PreTrainingHead(const nn::Weights& root, const Wav2Vec2Config& c)
      : groups_(c.codeGroups),
        codes_(c.codes),
        book_(root.tensor("quantizer.codevectors",
                          {1, c.codeGroups * c.codes, c.codeWidth / c.codeGroups})),
        choice_(root / "quantizer.weight_proj", c.features.widths.back(), c.codeGroups * c.codes,
                kBias),
        states_(root / "project_hid", c.hidden, c.codeProjected, kBias),
        quantized_(root / "project_q", c.codeWidth, c.codeProjected, kBias) {}

  TensorMap operator()(const Wav2Vec2::Output& output, const at::Tensor& hidden) const {
    const at::Tensor& x = output.features;
    const std::int64_t batch = x.size(0), frames = x.size(1);
    const at::Tensor chosen = choice_(x).view({-1, groups_, codes_}).argmax(-1);
    const at::Tensor rows = chosen + at::arange(groups_, at::kLong) * codes_;
    const at::Tensor codes = book_[0].index({rows}).view({batch, frames, -1});
    return {{"projected_states", states_(output.encoded.last)},
            {"projected_quantized_states", quantized_(codes)},
            {"codevector_perplexity", perplexity(chosen, hidden)}};
  }

 private:
  /// How many codes are in use, as a measure: of the frames that are hidden, if any are.
  at::Tensor perplexity(const at::Tensor& chosen, const at::Tensor& hidden) const {
    at::Tensor used = at::one_hot(chosen, codes_).to(at::kFloat);
    const at::Tensor shares =
        hidden.defined()
            ? (used * hidden.ne(0).flatten().view({-1, 1, 1})).sum(0) / hidden.ne(0).sum()
            : used.mean(0);
    return at::exp(-at::xlogy(shares, shares).sum(-1)).sum();
  }

  std::int64_t groups_, codes_;
  at::Tensor book_;  ///< [1, groups * codes, width / groups]
  Linear choice_, states_, quantized_;
};

class Wav2Vec2Model : public Model, public LanguageAdapters {
 public:
  Wav2Vec2Model(const ModelSpec& spec, const Wav2Vec2Config& config)
      : core_(baseScope(spec.weights, {config.base}), config),
        head_(speech::makeHead(spec, config.heads)),
        precision_(spec.weights.precision()) {
    const bool hasQuantizer = config.modelType == "wav2vec2";
    if (hasQuantizer && spec.className.ends_with("ForPreTraining"))
      preTraining_.emplace(spec.weights, config);
    else if (!head_ && !spec.className.ends_with("Model"))
      refuseClass(spec);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, known());
    Wav2Vec2::Input input{.wave = requireWave(inputs), .observer = observer};
    input.mask = maskFor(inputs, input.wave.size(0), input.wave.size(1));
    input.hidden = inputIf(inputs, "mask_time_indices");
    input.states = core_.config().heads.weightedSum && head_;
    const Wav2Vec2::Output output = core_(input);
    if (preTraining_) return (*preTraining_)(output, input.hidden);
    if (head_) return head_(output.encoded);
    TensorMap outputs{{"last_hidden_state", output.encoded.last}};
    if (core_.config().givesFeatures) outputs["extract_features"] = output.features;
    return outputs;
  }

  std::unique_ptr<Model> withAdapter(
      std::shared_ptr<const checkpoint::WeightSource> adapter) const override {
    const nn::Weights root(adapter, precision_);
    HeadsConfig heads = core_.config().heads;
    const nn::Shape shape = root.shapeOf("lm_head.weight");
    if (!shape.empty()) heads.vocab = shape[0];  // each language has its own letters
    auto model = std::make_unique<Wav2Vec2Model>(*this);
    model->core_.takeAdapters(root / core_.config().base);
    model->head_ = makeCtcHead(root, heads);
    if (const auto unused = root.leftOver(); !unused.empty())
      throw Error(ErrorKind::kInvalidInput, "tensor {} is not part of an adapter of this model",
                  unused.front())
          .in(adapter->description());
    return model;
  }

 private:
  std::vector<std::string> known() const {
    if (head_) return {"input_values", "attention_mask"};
    return {"input_values", "attention_mask", "mask_time_indices"};
  }

  Wav2Vec2 core_;
  Head head_;
  nn::Precision precision_;
  std::optional<PreTrainingHead> preTraining_;
};

}  // namespace

std::unique_ptr<Model> makeWav2Vec2(const ModelSpec& spec) {
  return std::make_unique<Wav2Vec2Model>(spec, Wav2Vec2Config::read(spec.config));
}

}  // namespace orrery::models::speech
