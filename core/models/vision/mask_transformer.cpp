#include "core/models/vision/mask_transformer.h"

#include <fmt/format.h>

#include <limits>

namespace orrery::models::vision {
namespace {

using Bias = nn::Linear::Bias;

/// How the two models name the same parts.
struct Names {
  const char* cross;
  const char* crossNorm;
  const char* self;
  const char* selfNorm;
  const char* up;
  const char* down;
  const char* finalNorm;
  const char* norm;      ///< of the decoder
  const char* maskHead;  ///< of the decoder; followed by the number and ".0"
};

constexpr Names kMask2Former{
    "cross_attn", "cross_attn_layer_norm", "self_attn", "self_attn_layer_norm",        "fc1",
    "fc2",        "final_layer_norm",      "layernorm", "mask_predictor.mask_embedder"};
constexpr Names kOneFormer{"cross_attn.multihead_attn",
                           "cross_attn.norm",
                           "self_attn.self_attn",
                           "self_attn.norm",
                           "ffn.linear1",
                           "ffn.linear2",
                           "ffn.norm",
                           "decoder_norm",
                           "mask_embed.layers"};

/// Additive mask [batch, 1, queries, places] of the places that a query's mask [batch, queries,
/// rows, columns] leaves out; a query whose mask is empty sees all.
at::Tensor outsideOf(const at::Tensor& masks) {
  const at::Tensor hidden = masks.flatten(2).lt(0);  // below a half as a probability
  const at::Tensor keep = hidden.logical_and(hidden.all(-1, /*keepdim=*/true).logical_not());
  return at::zeros(keep.sizes(), at::kFloat)
      .masked_fill(keep, -std::numeric_limits<float>::infinity())
      .unsqueeze(1);
}

}  // namespace

/// One feature map as a layer sees it.
struct MaskTransformer::Level {
  /// The mask features at this level's size [batch, features, rows, columns]: a mask there is the
  /// one at full size made smaller, for both steps are linear.
  at::Tensor maskFeatures;
  at::Tensor values;     ///< [batch, places, hidden]
  at::Tensor positions;  ///< [1, places, hidden]
};

class MaskTransformer::Layer {
 public:
  Layer(const nn::Weights& w, const Mask2FormerConfig& c, const Names& names)
      : preNorm_(c.preNorm),
        cross_(w / names.cross, c.hidden, c.heads),
        self_(w / names.self, c.hidden, c.heads),
        crossNorm_(w / names.crossNorm, c.hidden, c.normEps),
        selfNorm_(w / names.selfNorm, c.hidden, c.normEps),
        finalNorm_(w / names.finalNorm, c.hidden, c.normEps),
        up_(w / names.up, c.hidden, c.ffn, Bias::kRequired),
        down_(w / names.down, c.ffn, c.hidden, Bias::kRequired),
        activation_(nn::activation(c.activation)) {}

  at::Tensor operator()(at::Tensor x, const at::Tensor& positions, const Level& level,
                        const at::Tensor& mask, at::Tensor* map) const {
    const at::Tensor keys = level.values + level.positions;
    const auto look = [&](const at::Tensor& at) {
      return cross_(at + positions, keys, level.values, mask);
    };
    const auto feed = [&](const at::Tensor& at) { return down_(activation_(up_(at))); };
    if (preNorm_) {
      x = x + look(crossNorm_(x));
      x = x + self_.self(selfNorm_(x), positions, {}, map);
      return x + feed(finalNorm_(x));
    }
    x = crossNorm_(x + look(x));
    x = selfNorm_(x + self_.self(x, positions, {}, map));
    return finalNorm_(x + feed(x));
  }

 private:
  bool preNorm_;
  nn::MultiheadAttention cross_;
  PlacedAttention self_;
  nn::LayerNorm crossNorm_, selfNorm_, finalNorm_;
  nn::Linear up_, down_;
  nn::Activation activation_;
};

MaskTransformer::MaskTransformer(const nn::Weights& w, const Mask2FormerConfig& c, bool oneFormer)
    : levelEmbeddings_(w.tensor("level_embed.weight", {3, c.hidden})) {
  const Names& names = oneFormer ? kOneFormer : kMask2Former;
  const nn::Weights decoder = w / "decoder";
  for (std::int64_t i = 0; i < c.layers; ++i)
    layers_.push_back(std::make_shared<Layer>(decoder / "layers" / i, c, names));
  norm_ = nn::LayerNorm(decoder / names.norm, c.hidden, c.normEps);
  maskHead_ = MaskHead(decoder / names.maskHead, {c.hidden, c.hidden, c.pixels.maskFeatures, 3});
}

MaskTransformer::~MaskTransformer() = default;

std::vector<MaskTransformer::Level> MaskTransformer::prepare(
    const PixelDecoder::Output& pixels) const {
  std::vector<Level> levels;
  for (std::size_t i = 0; i < pixels.levels.size(); ++i) {
    const at::Tensor& map = pixels.levels[i];
    const at::Tensor shown = at::ones({1, map.size(2), map.size(3)}, at::kBool);
    levels.push_back(
        {resizeLike(pixels.maskFeatures, map),
         map.flatten(2).transpose(1, 2) + levelEmbeddings_[static_cast<std::int64_t>(i)],
         sinePositions(shown, map.size(1) / 2)});
  }
  return levels;
}

MaskTransformer::Output MaskTransformer::forward(const Input& input) const {
  const std::vector<Level> levels = prepare(input.pixels);
  Output out{input.queries, {}};
  const auto predict = [&](bool masks) {
    const at::Tensor states = norm_(out.last);
    out.predictions.push_back(
        {states, masks ? maskHead_.masks(states, input.pixels.maskFeatures) : at::Tensor()});
  };
  predict(input.allMasks);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Level& level = levels[i % levels.size()];
    const at::Tensor mask =
        outsideOf(maskHead_.masks(out.predictions.back().states, level.maskFeatures));
    at::Tensor map;
    out.last =
        (*layers_[i])(out.last, input.positions, level, mask, input.observer ? &map : nullptr);
    tellDecoderLayer(input.observer, i, map, out.last);
    predict(input.allMasks || i + 1 == layers_.size());
  }
  return out;
}

}  // namespace orrery::models::vision
