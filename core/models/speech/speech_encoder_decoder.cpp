#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/multimodal/two_tower_model.h"
#include "core/models/speech/frames.h"
#include "core/models/speech/heads.h"
#include "core/models/speech/speech_encoder_decoder_config.h"
#include "core/models/speech/speech_families.h"
#include "core/models/text/cross_decoder.h"

namespace orrery::models::speech {
namespace {

class SpeechEncoderDecoder : public Model {
 public:
  explicit SpeechEncoderDecoder(const ModelSpec& spec)
      : config_(SpeechEncoderDecoderConfig::read(spec.config)) {
    if (spec.className != "SpeechEncoderDecoderModel") refuseClass(spec);
    encoder_ = makeModel({spec.config["encoder"], spec.weights / "encoder", config_.encoderClass});
    if (config_.projected)
      project_ = nn::Linear(spec.weights / "enc_to_dec_proj", config_.encoderHidden,
                            config_.decoder.hidden, nn::Linear::Bias::kRequired);
    decoder_ = text::makeCrossDecoder(spec.config["decoder"], spec.weights / "decoder");
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {input(), "attention_mask", "decoder_input_ids", "decoder_attention_mask"});
    const at::Tensor heard = hear(inputs, observer);
    const at::Tensor ids = requireInput(inputs, "decoder_input_ids").to(at::kLong);
    if (ids.size(0) != heard.size(0))
      throw Error(ErrorKind::kInvalidInput, "expected {} rows, as of sounds, found {}",
                  heard.size(0), ids.size(0))
          .in("input \"decoder_input_ids\"");
    return {{"logits", scores(inputs, heard, ids, observer)}, {"encoder_last_hidden_state", heard}};
  }

  std::unique_ptr<generation::SessionFactory> sessionFactoryFor(
      const TensorMap& media) const override {
    const at::NoGradGuard noGrad;
    checkInputs(media, {input(), "attention_mask"});
    return text::sessionsBeside(*decoder_, decoder_->crossCache(hear(media, nullptr)),
                                text::StartsFrom::kStartToken);
  }

 private:
  const char* input() const { return config_.takesFeatures ? "input_features" : "input_values"; }

  /// What the decoder looks at, [batch, frames, width].
  at::Tensor hear(const TensorMap& inputs, const nn::Observer* observer) const {
    TensorMap sounds{{input(), requireInput(inputs, input())}};
    if (const at::Tensor mask = inputIf(inputs, "attention_mask"); mask.defined())
      sounds["attention_mask"] = mask;
    const nn::Observer below = multimodal::observerBelow(observer, "encoder.");
    const at::Tensor frames =
        encoder_->forward(sounds, below ? &below : nullptr).at("last_hidden_state");
    return config_.projected ? project_(frames) : frames;
  }

  /// With a mask each row looks at frames of its own alone.
  at::Tensor scores(const TensorMap& inputs, const at::Tensor& heard, const at::Tensor& ids,
                    const nn::Observer* observer) const {
    const nn::Observer below = multimodal::observerBelow(observer, "decoder.");
    const nn::Observer* told = below ? &below : nullptr;
    const at::Tensor written = inputIf(inputs, "decoder_attention_mask");
    at::Tensor lengths = inputIf(inputs, "attention_mask");
    if (!lengths.defined())
      return text::scoresBeside(*decoder_, decoder_->crossCache(heard), ids, written, told);
    lengths = lengths.to(at::kLong).sum(1);
    for (const auto& step : config_.shortening)
      lengths = convolvedLengths(lengths, step.kernel, step.stride, step.padding);
    const at::Tensor kept = firstFrames(lengths, heard.size(1));
    std::vector<at::Tensor> rows;
    for (std::int64_t row = 0; row < ids.size(0); ++row) {
      const at::Tensor frames = heard[row].index({kept[row]}).unsqueeze(0);
      const at::Tensor mask = written.defined() ? written.narrow(0, row, 1) : at::Tensor();
      rows.push_back(text::scoresBeside(*decoder_, decoder_->crossCache(frames),
                                        ids.narrow(0, row, 1), mask, told));
    }
    return at::cat(rows);
  }

  SpeechEncoderDecoderConfig config_;
  std::unique_ptr<Model> encoder_;
  nn::Linear project_;
  std::unique_ptr<text::CrossDecoder> decoder_;
};

}  // namespace

std::unique_ptr<Model> makeSpeechEncoderDecoder(const ModelSpec& spec) {
  return std::make_unique<SpeechEncoderDecoder>(spec);
}

}  // namespace orrery::models::speech
