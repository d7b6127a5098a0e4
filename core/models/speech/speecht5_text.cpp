// SpeechT5 that writes what it hears.

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "core/base/error.h"
#include "core/models/speech/heard_sound.h"
#include "core/models/speech/speecht5_base.h"

namespace orrery::models::speech {
namespace {

using nn::Linear;

/// The decoder with what turns tokens into its input, and its output into scores of tokens.
class TextDecoder : public text::CrossDecoder {
 public:
  TextDecoder(const nn::Weights& root, const SpeechT5Config& c)
      : config_(c),
        tokens_(root / "speecht5.decoder.prenet.embed_tokens", c.vocab, c.hidden),
        decoder_(root / "speecht5.decoder.wrapped_decoder", c) {
    const nn::Weights head = root / "text_decoder_postnet.lm_head";
    head_ =
        head.hasAny() ? Linear(head, c.hidden, c.vocab, Linear::Bias::kNone) : tokens_.tiedLinear();
    scale_ = c.scalesEmbeddings ? std::sqrt(static_cast<double>(c.hidden)) : 1;
  }

  at::Tensor embed(const at::Tensor& ids) const override { return tokens_(ids) * scale_; }
  at::Tensor positions(const at::Tensor& ids, const at::Tensor&) const override {
    const at::Tensor counted = ids.ne(config_.padToken).to(at::kLong);
    return counted.cumsum(1) * counted - 1;
  }
  at::Tensor positionsAt(const at::Tensor& ids, const at::Tensor& places) const override {
    return at::where(ids.ne(config_.padToken), places.expand(ids.sizes()), -1);
  }
  at::Tensor hiddenBeside(const text::CrossCache& cross, const at::Tensor& embeddings,
                          const nn::Step& step) const override {
    return hidden(cross, {}, embeddings, step);
  }
  /// hiddenBeside() of a batch of which `crossMask` hides a part.
  at::Tensor hidden(const text::CrossCache& cross, const at::Tensor& crossMask,
                    const at::Tensor& embeddings, const nn::Step& step) const {
    return decoder_(embeddings + sinusoids(step.positions, config_.hidden, config_.padToken + 1),
                    cross, crossMask, step);
  }
  text::CrossCache crossCache(const at::Tensor& encoded) const override {
    return decoder_.crossCache(encoded);
  }
  at::Tensor head(const at::Tensor& hidden) const override { return head_(hidden); }
  nn::SequenceCache newCache() const override { return decoder_.newCache(); }
  int vocabSize() const override { return static_cast<int>(config_.vocab); }
  int contextLength() const override { return 0; }  // sines go on

 private:
  SpeechT5Config config_;
  nn::Embedding tokens_;
  SpeechT5Decoder decoder_;
  Linear head_;
  double scale_ = 1;
};

class SpeechToText : public Model {
 public:
  SpeechToText(const nn::Weights& root, const SpeechT5Config& c)
      : encoder_(root / "speecht5.encoder", c, SpeechT5Listener::Takes::kSound),
        decoder_(root, c) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs,
                {"input_values", "attention_mask", "decoder_input_ids", "decoder_attention_mask"});
    const auto encoded = encoder_(inputs, observer);
    const at::Tensor ids = requireInput(inputs, "decoder_input_ids").to(at::kLong);
    if (ids.size(0) != encoded.hidden.size(0))
      throw Error(ErrorKind::kInvalidInput, "expected {} rows, as of sounds, found {}",
                  encoded.hidden.size(0), ids.size(0))
          .in("input \"decoder_input_ids\"");
    nn::Step step;
    step.attentionMask = inputIf(inputs, "decoder_attention_mask");
    step.positions = decoder_.positions(ids, {});
    step.observer = observer;
    const at::Tensor hidden =
        decoder_.hidden(decoder_.crossCache(encoded.hidden), nn::paddingMask(encoded.mask),
                        decoder_.embed(ids), step);
    return {{"logits", decoder_.head(hidden.flatten(0, 1)).unflatten(0, ids.sizes())},
            {"encoder_last_hidden_state", encoded.hidden}};
  }

  std::unique_ptr<generation::SessionFactory> sessionFactoryFor(
      const TensorMap& media) const override {
    const at::NoGradGuard noGrad;
    checkInputs(media, {"input_values", "attention_mask"});
    return text::sessionsBeside(decoder_, decoder_.crossCache(encoder_(media, nullptr).hidden),
                                text::StartsFrom::kStartToken);
  }

 private:
  SpeechT5Listener encoder_;
  TextDecoder decoder_;
};

}  // namespace

std::unique_ptr<Model> makeSpeechToText(const nn::Weights& root, const SpeechT5Config& config) {
  return std::make_unique<SpeechToText>(root, config);
}

}  // namespace orrery::models::speech
