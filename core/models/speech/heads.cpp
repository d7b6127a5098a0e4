#include "core/models/speech/heads.h"

#include "core/base/error.h"
#include "core/models/speech/frames.h"
#include "core/nn/convolution1d.h"
#include "core/nn/linear.h"

namespace orrery::models::speech {
namespace {

using nn::Linear;
constexpr auto kBias = Linear::Bias::kRequired;

/// The states that heads of classes look at: the last one, or all of them, weighted.
class Mixture {
 public:
  Mixture(const nn::Weights& root, const HeadsConfig& c) {
    if (c.weightedSum) shares_ = at::softmax(root.tensor("layer_weights", {c.layers + 1}), -1);
  }
  at::Tensor operator()(const Encoded& encoded) const {
    if (!shares_.defined()) return encoded.last;
    return (at::stack(encoded.states, 1) * shares_.view({1, -1, 1, 1})).sum(1);
  }

 private:
  at::Tensor shares_;  ///< [layers + 1]
};

Head frameHead(const nn::Weights& root, const HeadsConfig& c) {
  const Mixture mixture(root, c);
  const Linear classifier(root / "classifier", c.hidden, c.labels, kBias);
  return [=](const Encoded& encoded) {
    return TensorMap{{"logits", classifier(mixture(encoded))}};
  };
}

/// The mean of the frames that count.
at::Tensor meanFrame(const at::Tensor& x, const at::Tensor& lengths) {
  if (!lengths.defined()) return x.mean(1);
  const at::Tensor seen = firstFrames(lengths, x.size(1));
  return zeroUnseen(x, seen).sum(1) / seen.sum(1, /*keepdim=*/true);
}

Head sequenceHead(const nn::Weights& root, const HeadsConfig& c) {
  const Mixture mixture(root, c);
  const Linear projector(root / "projector", c.hidden, c.projected, kBias);
  const Linear classifier(root / "classifier", c.projected, c.labels, kBias);
  return [=](const Encoded& encoded) {
    const at::Tensor x = projector(mixture(encoded));
    return TensorMap{{"logits", classifier(meanFrame(x, encoded.lengths))}};
  };
}

/// One layer of a time-delay network (Snyder et al. 2018): a dilated convolution whose kernel the
/// checkpoint has as a matrix [out, kernel * in].
class DelayLayer {
 public:
  DelayLayer(const nn::Weights& weights, std::int64_t in, std::int64_t out, std::int64_t kernel,
             std::int64_t dilation)
      : weight_(weights.tensor("weight", {out, kernel * in})
                    .view({out, kernel, in})
                    .transpose(1, 2)
                    .contiguous()),
        bias_(weights.tensor("bias", {out})),
        dilation_(dilation) {}

  at::Tensor operator()(const at::Tensor& x /*[batch, in, frames]*/) const {
    const std::int64_t reach = (weight_.size(2) - 1) * dilation_;
    if (x.size(2) <= reach)
      throw Error(
          ErrorKind::kInvalidInput,
          "the sound is too short to tell a speaker: {} frames where more than {} are needed",
          x.size(2), reach);
    return at::relu(
        at::conv1d(x, weight_, bias_, at::IntArrayRef{1}, at::IntArrayRef{0}, dilation_));
  }

 private:
  at::Tensor weight_, bias_;
  std::int64_t dilation_;
};

class SpeakerHead {
 public:
  SpeakerHead(const nn::Weights& root, const HeadsConfig& c)
      : kernels_(c.tdnnKernels),
        mixture_(root, c),
        projector_(root / "projector", c.hidden, c.tdnnWidths.front(), kBias),
        embedding_(root / "feature_extractor", 2 * c.tdnnWidths.back(), c.xvector, kBias),
        classifier_(root / "classifier", c.xvector, c.xvector, kBias) {
    std::int64_t in = c.tdnnWidths.front();
    for (std::size_t i = 0; i < c.tdnnWidths.size(); ++i) {
      const nn::Weights layer = root / "tdnn" / static_cast<std::int64_t>(i) / "kernel";
      layers_.emplace_back(layer, in, c.tdnnWidths[i], c.tdnnKernels[i], c.tdnnDilations[i]);
      in = c.tdnnWidths[i];
    }
    root.ignore("objective.weight");  // of the loss
  }

  TensorMap operator()(const Encoded& encoded) const {
    at::Tensor x = projector_(mixture_(encoded)).transpose(1, 2);
    for (const DelayLayer& layer : layers_) x = layer(x);
    const at::Tensor embeddings = embedding_(statistics(x, encoded.lengths));
    return {{"logits", classifier_(embeddings)}, {"embeddings", embeddings}};
  }

 private:
  /// Mean and deviation over time: x [batch, width, frames] → [batch, 2 * width].
  at::Tensor statistics(const at::Tensor& x, at::Tensor lengths) const {
    if (!lengths.defined()) return at::cat({x.mean(2), x.std(2, /*unbiased=*/true)}, -1);
    for (const std::int64_t kernel : kernels_) lengths = convolvedLengths(lengths, kernel, 1);
    std::vector<at::Tensor> rows;
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      const at::Tensor row = x[i].slice(1, 0, lengths[i].item<std::int64_t>());
      rows.push_back(at::cat({row.mean(1), row.std(1, /*unbiased=*/true)}));
    }
    return at::stack(rows);
  }

  std::vector<std::int64_t> kernels_;
  Mixture mixture_;
  Linear projector_, embedding_, classifier_;
  std::vector<DelayLayer> layers_;
};

}  // namespace

Head makeCtcHead(const nn::Weights& root, const HeadsConfig& c) {
  const Linear scores(root / "lm_head", c.written, c.vocab, kBias);
  return [scores](const Encoded& encoded) { return TensorMap{{"logits", scores(encoded.last)}}; };
}

Head makeHead(const ModelSpec& spec, const HeadsConfig& config) {
  const std::string& name = spec.className;
  if (name.ends_with("ForCTC")) return makeCtcHead(spec.weights, config);
  const bool ofClasses = name.ends_with("Classification");
  if (ofClasses && config.adapter)
    throw spec.config["add_adapter"].error(name + " cannot have an adapter");
  if (name.ends_with("ForAudioFrameClassification")) return frameHead(spec.weights, config);
  if (name.ends_with("ForSequenceClassification")) return sequenceHead(spec.weights, config);
  if (name.ends_with("ForXVector")) return SpeakerHead(spec.weights, config);
  return {};
}

void refuseClass(const ModelSpec& spec) {
  throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of {}",
              quoted(spec.className), spec.config.require<std::string>("model_type"));
}

}  // namespace orrery::models::speech
