#include "core/models/vision/sam_decoder.h"

#include <cmath>

#include "core/models/vision/conv_layers.h"
#include "core/nn/activation.h"

namespace orrery::models::vision {

using nn::Linear;
using Bias = nn::Linear::Bias;

SamFeedForward::SamFeedForward(const nn::Weights& w, std::int64_t in, std::int64_t hidden,
                               std::int64_t out, std::int64_t layers) {
  layers_.emplace_back(w / "proj_in", in, hidden, Bias::kRequired);
  for (std::int64_t i = 0; i < layers - 2; ++i)
    layers_.emplace_back(w / "layers" / i, hidden, hidden, Bias::kRequired);
  layers_.emplace_back(w / "proj_out", hidden, out, Bias::kRequired);
}

at::Tensor SamFeedForward::operator()(const at::Tensor& x) const {
  at::Tensor result = layers_.front()(x);
  for (std::size_t i = 1; i < layers_.size(); ++i) result = layers_[i](at::relu(result));
  return result;
}

/// Attention in `hidden / downsample` dimensions.
class SamMaskDecoder::Attention {
 public:
  Attention(const nn::Weights& w, const SamMaskConfig& c, std::int64_t downsample)
      : heads_(c.heads),
        query_(w / "q_proj", c.hidden, c.hidden / downsample, Bias::kRequired),
        key_(w / "k_proj", c.hidden, c.hidden / downsample, Bias::kRequired),
        value_(w / "v_proj", c.hidden, c.hidden / downsample, Bias::kRequired),
        out_(w / "out_proj", c.hidden / downsample, c.hidden, Bias::kRequired) {
    options_.scale = 1 / std::sqrt(static_cast<double>(c.hidden / downsample / c.heads));
  }
  /// Each [rows, tokens, hidden]; keys and values of 1 row serve all.
  at::Tensor operator()(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const {
    return out_(nn::attend(split(query_(q)), split(key_(k)), split(value_(v)), {}, options_));
  }

 private:
  at::Tensor split(const at::Tensor& x) const {
    return x.reshape({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
  }

  std::int64_t heads_;
  Linear query_, key_, value_, out_;
  nn::AttentionOptions options_;
};

/// The tokens look at each other and at the picture, then the picture at the tokens.
class SamMaskDecoder::Block {
 public:
  Block(const nn::Weights& w, const SamMaskConfig& c, bool first)
      : first_(first),
        self_(w / "self_attn", c, 1),
        toImage_(w / "cross_attn_token_to_image", c, c.downsample),
        toTokens_(w / "cross_attn_image_to_token", c, c.downsample),
        up_(w / "mlp.lin1", c.hidden, c.ffn, Bias::kRequired),
        down_(w / "mlp.lin2", c.ffn, c.hidden, Bias::kRequired),
        norm1_(w / "layer_norm1", c.hidden, c.normEps),
        norm2_(w / "layer_norm2", c.hidden, c.normEps),
        norm3_(w / "layer_norm3", c.hidden, c.normEps),
        norm4_(w / "layer_norm4", c.hidden, c.normEps),
        activation_(nn::activation(c.activation)) {}

  /// Changes the tokens and the image [rows, …, hidden], whose positions stay the same.
  void operator()(at::Tensor& tokens, at::Tensor& image, const at::Tensor& tokenPositions,
                  const at::Tensor& imagePositions) const {
    const at::Tensor placed = tokens + tokenPositions;
    tokens =
        norm1_(first_ ? self_(tokens, tokens, tokens) : tokens + self_(placed, placed, tokens));
    const at::Tensor placedImage = image + imagePositions;
    tokens = norm2_(tokens + toImage_(tokens + tokenPositions, placedImage, image));
    tokens = norm3_(tokens + down_(activation_(up_(tokens))));
    image = norm4_(image + toTokens_(placedImage, tokens + tokenPositions, tokens));
  }

 private:
  bool first_;
  Attention self_, toImage_, toTokens_;
  Linear up_, down_;
  nn::LayerNorm norm1_, norm2_, norm3_, norm4_;
  nn::Activation activation_;
};

struct SamMaskDecoder::Parts {
  Parts(const nn::Weights& w, const SamMaskConfig& c)
      : last(w / "final_attn_token_to_image", c, c.downsample),
        norm(w / "layer_norm_final_attn", c.hidden, 1e-5) {
    for (std::int64_t i = 0; i < c.layers; ++i) blocks.emplace_back(w / "layers" / i, c, i == 0);
  }
  std::vector<Block> blocks;
  Attention last;
  nn::LayerNorm norm;
};

SamMaskDecoder::SamMaskDecoder(const nn::Weights& w, const SamMaskConfig& c)
    : config_(c),
      transformer_(std::make_unique<const Parts>(w / "transformer", c)),
      upscale1_(w / "upscale_conv1", c.hidden, c.hidden / 4, nn::ConvolutionOptions::patches(2)),
      upscale2_(w / "upscale_conv2", c.hidden / 4, c.hidden / 8,
                nn::ConvolutionOptions::patches(2)),
      upscaleNorm_(w / "upscale_layer_norm", c.hidden / 4, 1e-6),
      score_(w / "iou_prediction_head", c.hidden, c.scoreHidden, c.masks + 1, c.scoreLayers) {
  tokens_ = at::cat({(w / "iou_token").tensor("weight", {1, c.hidden}),
                     (w / "mask_tokens").tensor("weight", {c.masks + 1, c.hidden})});
  for (std::int64_t i = 0; i <= c.masks; ++i)
    hyper_.emplace_back(w / "output_hypernetworks_mlps" / i, c.hidden, c.hidden, c.hidden / 8, 3);
}

SamMaskDecoder::~SamMaskDecoder() = default;

at::Tensor SamMaskDecoder::upscale(const at::Tensor& image) const {
  return at::gelu(upscale2_(at::gelu(normChannels(upscaleNorm_, upscale1_(image)))));
}

SamMasks SamMaskDecoder::forward(const Input& input) const {
  const std::int64_t batch = input.image.size(0), grid = input.image.size(2);
  const std::int64_t prompts = input.sparse.defined() ? input.sparse.size(1) : 1;
  // One row for each prompt from here on.
  at::Tensor positions = tokens_.expand({batch * prompts, tokens_.size(0), config_.hidden});
  if (input.sparse.defined()) positions = at::cat({positions, input.sparse.flatten(0, 1)}, 1);
  at::Tensor tokens = positions;
  at::Tensor image = input.image.flatten(2).transpose(1, 2).repeat_interleave(prompts, 0);
  for (const Block& block : transformer_->blocks) block(tokens, image, positions, input.positions);
  tokens = transformer_->norm(
      tokens + transformer_->last(tokens + positions, image + input.positions, image));

  const at::Tensor pixels =
      upscale(image.transpose(1, 2).reshape({batch * prompts, config_.hidden, grid, grid}));
  // Token 0 is the scores', token 1 that of the single mask.
  const std::int64_t first = input.multimask ? 1 : 0, count = input.multimask ? config_.masks : 1;
  std::vector<at::Tensor> weights;
  for (std::int64_t i = first; i < first + count; ++i)
    weights.push_back(hyper_[static_cast<std::size_t>(i)](tokens.select(1, 1 + i)));
  const at::Tensor masks = at::matmul(at::stack(weights, 1), pixels.flatten(2));
  const at::Tensor scores = score_(tokens.select(1, 0)).narrow(1, first, count);
  return {masks.reshape({batch, prompts, count, 4 * grid, 4 * grid}),
          scores.reshape({batch, prompts, count})};
}

}  // namespace orrery::models::vision
