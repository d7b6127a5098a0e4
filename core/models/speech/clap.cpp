#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/speech/clap_audio.h"
#include "core/models/speech/heads.h"
#include "core/models/speech/speech_families.h"
#include "core/models/text/encoder.h"

namespace orrery::models::speech {
namespace {

using nn::Linear;

/// Two matrices, after which sounds and texts of one meaning lie together.
class Projection {
 public:
  Projection(const nn::Weights& w, std::int64_t in, const ClapConfig& c)
      : first_(w / "linear1", in, c.projection, Linear::Bias::kRequired),
        second_(w / "linear2", c.projection, c.projection, Linear::Bias::kRequired),
        activation_(nn::activation(c.projectionActivation)) {}

  /// pooled [batch, in] → [batch, projection], of length 1.
  at::Tensor operator()(const at::Tensor& pooled) const {
    const at::Tensor x = second_(activation_(first_(pooled)));
    return x / at::linalg_vector_norm(x, 2, {-1}, /*keepdim=*/true);
  }

 private:
  Linear first_, second_;
  nn::Activation activation_;
};

class ClapModel : public Model {
 public:
  ClapModel(const ModelSpec& spec, const ClapConfig& c)
      : config_(c),
        text_(spec.weights / "text_model", c.text),
        pooler_(spec.weights / "text_model.pooler.dense", c.text.hidden, c.text.hidden),
        audio_(spec.weights / "audio_model.audio_encoder", c.audio),
        textProjection_(spec.weights / "text_projection", c.text.hidden, c),
        audioProjection_(spec.weights / "audio_projection", c.audio.pooled, c),
        textScale_(at::exp(spec.weights.tensor("logit_scale_t", {}))),
        audioScale_(at::exp(spec.weights.tensor("logit_scale_a", {}))) {
    if (spec.className != "ClapModel") refuseClass(spec);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs,
                {"input_ids", "attention_mask", "position_ids", "input_features", "is_longer"});
    const at::Tensor words = text_.forward({.ids = requireInput(inputs, "input_ids"),
                                            .attentionMask = inputIf(inputs, "attention_mask"),
                                            .positions = inputIf(inputs, "position_ids")});
    const at::Tensor pooled = at::tanh(pooler_(words.select(1, 0)));
    const at::Tensor features = requireFeatures(inputs);
    const ClapAudio::Output heard = audio_(features, longSounds(inputs, features), observer);
    const at::Tensor text = textProjection_(pooled), sound = audioProjection_(heard.pooled);
    return {{"text_embeds", text},
            {"audio_embeds", sound},
            {"logits_per_text", at::matmul(text, sound.t()) * textScale_},
            {"logits_per_audio", at::matmul(sound, text.t()) * audioScale_},
            {"text_model_output.last_hidden_state", words},
            {"text_model_output.pooler_output", pooled},
            {"audio_model_output.last_hidden_state", heard.last},
            {"audio_model_output.pooler_output", heard.pooled}};
  }

 private:
  at::Tensor requireFeatures(const TensorMap& inputs) const {
    const at::Tensor x = requireImages(inputs, config_.audio.fusion ? 4 : 1, "input_features");
    if (x.size(3) != config_.audio.mels)
      throw Error(ErrorKind::kInvalidInput, "expected {} bins, found {}", config_.audio.mels,
                  x.size(3))
          .in("input \"input_features\"");
    return x;
  }

  /// Which sounds are long, [batch]; undefined without fusion.
  at::Tensor longSounds(const TensorMap& inputs, const at::Tensor& features) const {
    if (!config_.audio.fusion) return {};
    const at::Tensor longer = requireInput(inputs, "is_longer").flatten().ne(0);
    if (longer.size(0) != features.size(0))
      throw Error(ErrorKind::kInvalidInput, "expected {} values, found {}", features.size(0),
                  longer.size(0))
          .in("input \"is_longer\"");
    return longer;
  }

  ClapConfig config_;
  text::Encoder text_;
  Linear pooler_;
  ClapAudio audio_;
  Projection textProjection_, audioProjection_;
  at::Tensor textScale_, audioScale_;  ///< []
};

}  // namespace

std::unique_ptr<Model> makeClap(const ModelSpec& spec) {
  return std::make_unique<ClapModel>(spec, ClapConfig::read(spec.config));
}

}  // namespace orrery::models::speech
