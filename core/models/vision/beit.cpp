#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/vision/uper_head.h"
#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit_backbone.h"

/// beit with its heads, and as a backbone.
namespace orrery::models::vision {
namespace {

/// Makes a pyramid of four maps of one size: four and two times as large, as it is, half as large.
class BeitPyramid {
 public:
  BeitPyramid(const nn::Weights& w, std::int64_t channels)
      : first_(w / "fpn1.0", channels, channels, twice()),
        norm_(w / "fpn1.1", channels),
        second_(w / "fpn1.3", channels, channels, twice()),
        double_(w / "fpn2.0", channels, channels, twice()) {}

  std::vector<at::Tensor> operator()(const std::vector<at::Tensor>& maps) const {
    return {second_(at::gelu(norm_(first_(maps[0])))), double_(maps[1]), maps[2],
            at::max_pool2d(maps[3], {2, 2}, {2, 2})};
  }

 private:
  static nn::ConvolutionOptions twice() { return {.kernel = {2, 2}, .stride = {2, 2}}; }

  nn::ConvTranspose2d first_;
  nn::BatchNorm2d norm_;
  nn::ConvTranspose2d second_, double_;
};

void requireFourMaps(const JsonField& config, const VitConfig& c) {
  if (c.outStages.size() != 4)
    throw config.error(
        fmt::format("out_indices: expected 4 stages for a pyramid, found {}", c.outStages.size()));
}

/// The config with the stages that the segmentation head looks at: it counts from 1 in the list of
/// hidden states that begins with the embeddings.
VitConfig withSegmentationStages(VitConfig c, const JsonField& config) {
  requireFourMaps(config, c);
  for (std::size_t& stage : c.outStages) {
    if (stage == 0) throw config.error("out_indices: 0 is no stage of the segmentation head");
    --stage;
  }
  return c;
}

/// One head: from the hidden state of the last layer to the outputs by name.
using Head = std::function<TensorMap(const at::Tensor& hidden)>;

/// The picture in one vector [batch, hidden].
std::function<at::Tensor(const at::Tensor&)> makePooler(const nn::Weights& base,
                                                        const VitConfig& c) {
  if (!c.meanPooling) return [](const at::Tensor& x) { return x.select(1, 0); };
  const nn::LayerNorm norm(base / "pooler.layernorm", c.layer.hidden, c.layer.normEps);
  return [norm](const at::Tensor& x) { return norm(x.slice(1, 1).mean(1)); };
}

Head makeHead(const ModelSpec& spec, const nn::Weights& base, const VitConfig& c) {
  const std::string& name = spec.className;
  if (name.ends_with("ForMaskedImageModeling")) {
    const nn::LayerNorm norm(spec.weights / "layernorm", c.layer.hidden, c.layer.normEps);
    const nn::Linear score(spec.weights / "lm_head", c.layer.hidden, c.vocab,
                           nn::Linear::Bias::kRequired);
    return [=](const at::Tensor& x) { return TensorMap{{"logits", score(norm(x).slice(1, 1))}}; };
  }
  if (name.ends_with("ForImageClassification"))
    return
        [pool = makePooler(base, c), score = Classifier(spec.weights / "classifier", c.layer.hidden,
                                                        c.labels)](const at::Tensor& x) {
          return TensorMap{{"logits", score(pool(x))}};
        };
  if (!name.ends_with("Model")) refuseClass(name, c.modelType);
  if (c.meanPooling && !(base / "pooler").hasAny())
    return [](const at::Tensor& x) { return TensorMap{{"last_hidden_state", x}}; };
  return [pool = makePooler(base, c)](const at::Tensor& x) {
    return TensorMap{{"last_hidden_state", x}, {"pooler_output", pool(x)}};
  };
}

class BeitModel : public Model {
 public:
  BeitModel(const ModelSpec& spec, const VitConfig& c, const nn::Weights& base)
      : vit_(base, c), head_(makeHead(spec, base, c)) {
    if (!c.meanPooling) norm_ = nn::LayerNorm(base / "layernorm", c.layer.hidden, c.layer.normEps);
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    const VitInput input = vitInput(inputs, vit_.config().embedding.channels);
    const at::Tensor hidden = vit_.forward(input, observer);
    return head_(norm_.defined() ? norm_(hidden) : hidden);
  }

 private:
  Vit vit_;
  nn::LayerNorm norm_;
  Head head_;
};

class BeitSegmenter : public Model {
 public:
  BeitSegmenter(const ModelSpec& spec, const VitConfig& c)
      : backbone_(c, baseScope(spec.weights, {c.base})),
        pyramid_(spec.weights, c.layer.hidden),
        head_(spec.weights / "decode_head", {.in = std::vector<std::int64_t>(4, c.layer.hidden),
                                             .channels = c.layer.hidden,
                                             .labels = c.labels,
                                             .poolScales = c.poolScales}) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values", "interpolate_pos_encoding"});
    const auto maps = backbone_.forward(requireImages(inputs, backbone_.imageChannels()), observer);
    return {{"logits", head_(pyramid_(maps))}};
  }

 private:
  VitBackbone backbone_;
  BeitPyramid pyramid_;
  UperHead head_;
};

class BeitBackbone : public VitBackbone {
 public:
  BeitBackbone(const VitConfig& c, const nn::Weights& weights)
      : VitBackbone(c, baseScope(weights, {c.base})), pyramid_(weights, c.layer.hidden) {}

  std::vector<at::Tensor> forward(const at::Tensor& pixels,
                                  const nn::Observer* observer) const override {
    return pyramid_(VitBackbone::forward(pixels, observer));
  }

 private:
  BeitPyramid pyramid_;
};

}  // namespace

std::unique_ptr<Model> makeBeit(const ModelSpec& spec) {
  if (spec.className.ends_with("Backbone")) return backboneModel(spec);
  const VitConfig c = VitConfig::read(spec.config);
  if (spec.className.ends_with("ForSemanticSegmentation"))
    return std::make_unique<BeitSegmenter>(spec, withSegmentationStages(c, spec.config));
  return std::make_unique<BeitModel>(spec, c, baseScope(spec.weights, {c.base}));
}

std::unique_ptr<Backbone> makeBeitBackbone(const JsonField& config, const nn::Weights& weights) {
  const VitConfig c = VitConfig::read(config);
  if (c.pyramid) {
    requireFourMaps(config, c);
    return std::make_unique<BeitBackbone>(c, weights);
  }
  return std::make_unique<VitBackbone>(c, baseScope(weights, {c.base}));
}

}  // namespace orrery::models::vision
