#include <ATen/core/grad_mode.h>

#include "core/models/vision/mix_transformer.h"
#include "core/models/vision/uper_head.h"
#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit_model.h"

/// segformer with its heads.
namespace orrery::models::vision {
namespace {

/// All maps in one, a linear layer for each of them and one for all.
///
/// A linear layer and a bilinear resize change places freely, so the two layers are one: each map
/// is multiplied once, where it is small, and the results are added.
class SegformerHead {
 public:
  SegformerHead(const nn::Weights& w, const MixConfig& c)
      : norm_(w / "batch_norm", c.decoderHidden),
        classifier_(w / "classifier", c.decoderHidden, c.labels, {}) {
    const auto count = static_cast<std::int64_t>(c.stages.size());
    const std::int64_t width = c.decoderHidden;
    const at::Tensor fuse =
        w.tensor("linear_fuse.weight", {width, count * width, 1, 1}).view({width, count * width});
    bias_ = at::zeros({width}, at::kFloat);
    for (std::int64_t i = 0; i < count; ++i) {
      const nn::Weights own = w / "linear_c" / i / "proj";
      // The coarsest map comes first in what is fused.
      const at::Tensor part = fuse.narrow(1, (count - 1 - i) * width, width);
      const std::int64_t hidden = c.stages[static_cast<std::size_t>(i)].hidden;
      weights_.push_back(
          at::matmul(part, own.tensor("weight", {width, hidden})).view({width, hidden, 1, 1}));
      bias_ = bias_ + at::mv(part, own.tensor("bias", {width}));
    }
  }

  at::Tensor operator()(const std::vector<at::Tensor>& maps) const {
    at::Tensor sum = at::conv2d(maps.front(), weights_.front(), bias_);
    for (std::size_t i = 1; i < maps.size(); ++i)
      sum.add_(resizeLike(at::conv2d(maps[i], weights_[i]), sum));
    return classifier_(at::relu(norm_(sum)));
  }

 private:
  std::vector<at::Tensor> weights_;  ///< of each map [decoder hidden, hidden_i, 1, 1]
  at::Tensor bias_;
  nn::BatchNorm2d norm_;
  nn::Conv2d classifier_;
};

/// One head: from the maps to the outputs by name.
using Head = std::function<TensorMap(const std::vector<at::Tensor>& maps)>;

Head makeHead(const ModelSpec& spec, const MixConfig& c) {
  const std::string& name = spec.className;
  if (name.ends_with("ForSemanticSegmentation"))
    return [head = SegformerHead(spec.weights / "decode_head", c)](
               const std::vector<at::Tensor>& maps) {
      return TensorMap{{"logits", head(maps)}};
    };
  if (name.ends_with("ForImageClassification"))
    return [score = Classifier(spec.weights / "classifier", c.stages.back().hidden, c.labels)](
               const std::vector<at::Tensor>& maps) {
      return TensorMap{{"logits", score(maps.back().mean({2, 3}))}};
    };
  if (!name.ends_with("Model")) refuseClass(name, c.modelType);
  return [map = c.mapAtEnd](const std::vector<at::Tensor>& maps) {
    const at::Tensor& last = maps.back();
    return TensorMap{
        {"last_hidden_state", (map ? last : last.flatten(2).transpose(1, 2)).contiguous()}};
  };
}

class SegformerModel : public Model {
 public:
  SegformerModel(const ModelSpec& spec, const MixConfig& c)
      : channels_(c.channels),
        encoder_(baseScope(spec.weights, {"segformer"}) / "encoder", c),
        head_(makeHead(spec, c)) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values"});
    return head_(encoder_.forward(requireImages(inputs, channels_), observer));
  }

 private:
  std::int64_t channels_;
  MixTransformer encoder_;
  Head head_;
};

}  // namespace

std::unique_ptr<Model> makeSegformer(const ModelSpec& spec) {
  return std::make_unique<SegformerModel>(spec, MixConfig::read(spec.config));
}

}  // namespace orrery::models::vision
