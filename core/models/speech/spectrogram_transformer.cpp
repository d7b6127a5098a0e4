#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/speech/frames.h"
#include "core/models/speech/heads.h"
#include "core/models/speech/spectrogram_transformer_config.h"
#include "core/models/speech/speech_families.h"
#include "core/models/vision/vit.h"
#include "core/models/vision/vit_model.h"

namespace orrery::models::speech {
namespace {

using Config = SpectrogramTransformerConfig;

nn::ConvolutionOptions patchOptions(const Config& c) {
  return {.kernel = {c.patch, c.patch}, .stride = {c.frequencyStride, c.timeStride}};
}

class SpectrogramTransformer : public Model {
 public:
  SpectrogramTransformer(const ModelSpec& spec, const Config& c)
      : SpectrogramTransformer(spec, c,
                               baseScope(spec.weights, {"audio_spectrogram_transformer"})) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"input_values"});
    const at::Tensor x = norm_(layers_(embed(requireSpectrogram(inputs)), {.observer = observer}));
    const at::Tensor pooled = (x.select(1, 0) + x.select(1, 1)) / 2;
    if (classifies_) return {{"logits", classifier_(classifierNorm_(pooled))}};
    return {{"last_hidden_state", x}, {"pooler_output", pooled}};
  }

 private:
  SpectrogramTransformer(const ModelSpec& spec, const Config& c, const nn::Weights& base)
      : frames_(c.frames),
        mels_(c.mels),
        patches_(base / "embeddings.patch_embeddings.projection", 1, c.layer.hidden,
                 patchOptions(c)),
        positions_(
            base.tensor("embeddings.position_embeddings", {1, c.patches() + 2, c.layer.hidden})),
        layers_(base / "encoder.layer", c.layer, c.layers),
        norm_(base / "layernorm", c.layer.hidden, c.layer.normEps),
        classifies_(spec.className.ends_with("ForAudioClassification")) {
    const std::int64_t hidden = c.layer.hidden;
    leading_ = at::cat({base.tensor("embeddings.cls_token", {1, 1, hidden}),
                        base.tensor("embeddings.distillation_token", {1, 1, hidden})},
                       1);
    if (!classifies_) {
      if (!spec.className.ends_with("Model")) refuseClass(spec);
      return;
    }
    classifierNorm_ = nn::LayerNorm(spec.weights / "classifier.layernorm", hidden, c.layer.normEps);
    classifier_ = vision::Classifier(spec.weights / "classifier.dense", hidden, c.labels);
  }

  at::Tensor requireSpectrogram(const TensorMap& inputs) const {
    const at::Tensor x = requireFrames(inputs, mels_, "input_values");
    if (x.size(1) != frames_)
      throw Error(ErrorKind::kInvalidInput, "expected {} frames, found {}", frames_, x.size(1))
          .in("input \"input_values\"");
    return x;
  }

  /// Tokens [batch, patches + 2, hidden] of spectrograms [batch, frames, bins].
  at::Tensor embed(const at::Tensor& x) const {
    const at::Tensor patches =
        patches_(x.transpose(1, 2).unsqueeze(1).contiguous()).flatten(2).transpose(1, 2);
    return at::cat({leading_.expand({x.size(0), -1, -1}), patches}, 1) + positions_;
  }

  std::int64_t frames_, mels_;
  nn::Conv2d patches_;
  at::Tensor leading_;    ///< [1, 2, hidden]: the class token and the distillation token
  at::Tensor positions_;  ///< [1, patches + 2, hidden]
  vision::VitLayers layers_;
  nn::LayerNorm norm_;
  bool classifies_;
  nn::LayerNorm classifierNorm_;
  vision::Classifier classifier_;
};

}  // namespace

std::unique_ptr<Model> makeSpectrogramTransformer(const ModelSpec& spec) {
  return std::make_unique<SpectrogramTransformer>(spec, Config::read(spec.config));
}

}  // namespace orrery::models::speech
