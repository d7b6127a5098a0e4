#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "core/models/speech/conformer.h"
#include "core/models/speech/frames.h"
#include "core/models/speech/heads.h"
#include "core/models/speech/speech_families.h"

/// wav2vec2-bert with its heads.
namespace orrery::models::speech {
namespace {

using nn::Linear;

class ConformerModel : public Model {
 public:
  ConformerModel(const ModelSpec& spec, const ConformerConfig& config)
      : ConformerModel(spec, config, baseScope(spec.weights, {"wav2vec2_bert"})) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"input_features", "attention_mask"});
    const at::Tensor features =
        featureNorm_(requireFrames(inputs, config_.features, "input_features"));
    const at::Tensor mask = maskFor(inputs, features.size(0), features.size(1));
    Encoded encoded;
    encoded.last = encode(projection_(features), mask, observer, encoded.states);
    if (config_.intermediate) encoded.last = encoded.last + intermediate_(encoded.last) * 0.5;
    adapt(encoded, mask);
    if (head_) return head_(encoded);
    return {{"last_hidden_state", encoded.last}, {"extract_features", features}};
  }

 private:
  ConformerModel(const ModelSpec& spec, const ConformerConfig& c, const nn::Weights& base)
      : config_(c),
        featureNorm_(base / "feature_projection.layer_norm", c.features, c.normEps),
        projection_(base / "feature_projection.projection", c.features, c.hidden),
        head_(speech::makeHead(spec, c.heads)) {
    if (!head_ && !spec.className.ends_with("Model")) refuseClass(spec);
    for (std::int64_t i = 0; i < c.layers; ++i)
      layers_.emplace_back(base / "encoder.layers" / i, c);
    if (c.intermediate)
      intermediate_ = ConformerFeedForward(base / "intermediate_ffn", c.hidden, c.ffn, "relu");
    if (c.adapter.layers > 0 && c.adapter.hidden != c.hidden) {
      adapterIn_ = Linear(base / "adapter.proj", c.hidden, c.adapter.hidden);
      adapterNorm_ = nn::LayerNorm(base / "adapter.proj_layer_norm", c.adapter.hidden, c.normEps);
    }
    for (std::int64_t i = 0; i < c.adapter.layers; ++i)
      adapters_.emplace_back(base / "adapter.layers" / i, c);
    if (c.maskToken) base.ignore("masked_spec_embed");  // of training
  }

  at::Tensor encode(at::Tensor x, const at::Tensor& mask, const nn::Observer* observer,
                    std::vector<at::Tensor>& states) const {
    ConformerPass pass{.mask = nn::paddingMask(mask),
                       .seen = mask.defined() ? mask.ne(0) : at::Tensor(),
                       .positions = conformerPositions(config_, x.size(1))};
    x = zeroUnseen(x, pass.seen);
    const bool all = config_.heads.weightedSum && head_;
    if (all) states.push_back(x);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      at::Tensor map;
      x = layers_[i](x, pass, observer ? &map : nullptr);
      if (all) states.push_back(x);
      if (!observer) continue;
      (*observer)(fmt::format("layers.{}.attention", i), map);
      (*observer)(fmt::format("layers.{}.residual", i), x);
    }
    return x;
  }

  void adapt(Encoded& encoded, const at::Tensor& mask) const {
    if (mask.defined()) encoded.lengths = mask.sum(1);
    if (adapterNorm_.defined()) encoded.last = adapterNorm_(adapterIn_(encoded.last));
    for (const ConformerAdapter& layer : adapters_) {
      if (mask.defined())
        encoded.lengths = convolvedLengths(encoded.lengths, config_.adapter.kernel,
                                           config_.adapter.stride, config_.adapter.kernel / 2);
      encoded.last = layer(encoded.last, encoded.lengths);
    }
  }

  ConformerConfig config_;
  nn::LayerNorm featureNorm_;
  Linear projection_;
  std::vector<ConformerLayer> layers_;
  ConformerFeedForward intermediate_;
  Linear adapterIn_;
  nn::LayerNorm adapterNorm_;  ///< undefined where the adapter keeps the width
  std::vector<ConformerAdapter> adapters_;
  Head head_;
};

}  // namespace

std::unique_ptr<Model> makeConformer(const ModelSpec& spec) {
  return std::make_unique<ConformerModel>(spec, ConformerConfig::read(spec.config));
}

}  // namespace orrery::models::speech
