#pragma once

#include "core/models/vision/vit_config.h"
#include "core/nn/activation.h"
#include "core/nn/attention.h"
#include "core/nn/convolution.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"

/// Parts of vision transformers (Dosovitskiy et al. 2021) that families and backbones share.
namespace orrery::models::vision {

/// One layer: x + scale * attention(norm(x)), then x + scale * mlp(norm(x)).
class VitLayer {
 public:
  VitLayer(const nn::Weights& weights, const VitLayerConfig& config);

  /// x [batch, tokens, hidden] → the same shape. `bias`, where defined, is added to the scores
  /// [batch, heads, tokens, tokens]; `map`, where given, receives the attention map.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& bias, at::Tensor* map) const;

 private:
  at::Tensor attend(const at::Tensor& x, const at::Tensor& bias, at::Tensor* map) const;
  at::Tensor mlp(const at::Tensor& x) const;

  std::int64_t heads_;
  bool gated_;
  nn::LayerNorm normBefore_, normAfter_;
  nn::Linear query_, key_, value_, out_, up_, down_;
  at::Tensor attentionScale_, mlpScale_;  ///< [hidden] or undefined
  nn::Activation activation_;
  nn::AttentionOptions options_;
};

/// What is to be known of a picture besides its pixels.
struct VitInput {
  at::Tensor pixels;         ///< [batch, channels, height, width]
  at::Tensor masked;         ///< bool_masked_pos [batch, patches]: patches to hide; or undefined
  bool interpolate = false;  ///< positions fit pictures of another size than the config's
};

/// The patches of a picture as tokens: a convolution without overlap or, where weights are
/// multiplied in bfloat16, a product with patches that were laid out in rows.
class PatchProjection {
 public:
  PatchProjection() = default;
  PatchProjection(const nn::Weights& weights, std::int64_t channels, std::int64_t hidden,
                  Size patch);

  /// pixels [batch, channels, height, width] → [batch, patches, hidden].
  at::Tensor operator()(const at::Tensor& pixels) const;

 private:
  at::Tensor inRows(const at::Tensor& pixels) const;

  Size patch_;
  nn::Conv2d convolution_;
  std::optional<nn::Linear> product_;
};

/// Patches with class tokens and positions.
class VitEmbeddings {
 public:
  VitEmbeddings() = default;
  /// `weights` is the scope "embeddings".
  VitEmbeddings(const nn::Weights& weights, const VitEmbeddingConfig& config, std::int64_t hidden);

  /// → [batch, tokens, hidden]. An Error tells a size that the positions do not fit.
  at::Tensor operator()(const VitInput& input) const;

 private:
  at::Tensor positionsFor(const VitInput& input) const;

  VitEmbeddingConfig config_;
  PatchProjection projection_;
  at::Tensor leading_;    ///< [1, class and distillation token, hidden]
  at::Tensor detection_;  ///< [1, tokens, hidden] or undefined
  at::Tensor maskToken_;  ///< [1, 1, hidden] or undefined
  at::Tensor positions_;  ///< [1, tokens, hidden] or undefined
};

/// x [batch, patches, hidden] with `token` [1, 1, hidden] in place of the patches that `masked`
/// [batch, patches] marks. An Error if the shapes differ or there is no such token.
at::Tensor hidePatches(const at::Tensor& x, const at::Tensor& masked, const at::Tensor& token);

/// `count` positions as a square, in which transformers lays them out whatever the config's picture
/// is; an Error if they are none.
Size squareOf(std::int64_t count);

enum class Resize { kBicubic, kBilinear };

/// `positions` [batch, rows * columns, hidden] laid out as `from`, resized to `to`.
at::Tensor resizePositions(const at::Tensor& positions, Size from, Size to,
                           Resize how = Resize::kBicubic);

/// An Error if the pictures have not that many channels.
void requireChannels(const at::Tensor& pixels, std::int64_t channels);

/// Patches of a picture as rows and columns; an Error if it is smaller than one.
Size patchGrid(const at::Tensor& pixels, Size patch);

/// The layers of a ViT in a row.
class VitLayers {
 public:
  VitLayers() = default;
  /// Takes `count` layers from `weights` / 0, 1, …
  VitLayers(const nn::Weights& weights, const VitLayerConfig& config, std::int64_t count);

  /// What happens around the layers; every part may be left out.
  struct Around {
    /// The bias of the scores before layer i, as VitLayer takes it.
    std::function<at::Tensor(std::size_t layer)> bias;
    /// Replaces the hidden state x after layer i.
    std::function<at::Tensor(std::size_t layer, const at::Tensor& x)> after;
    const nn::Observer* observer = nullptr;
  };
  /// x [batch, tokens, hidden] → the same shape. Told to the observer: "layers.i.attention",
  /// "layers.i.residual".
  at::Tensor operator()(at::Tensor x, const Around& around) const;

 private:
  std::vector<VitLayer> layers_;
};

}  // namespace orrery::models::vision
