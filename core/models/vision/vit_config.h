#pragma once

#include "core/models/vision/vision_config.h"

namespace orrery::models::vision {

/// Names of the tensors of one layer of a ViT, below the layer's scope.
struct VitNames {
  const char* query = "attention.attention.query";
  const char* key = "attention.attention.key";
  const char* value = "attention.attention.value";
  const char* attentionOut = "attention.output.dense";
  const char* normBefore = "layernorm_before";
  const char* normAfter = "layernorm_after";
  const char* up = "intermediate.dense";
  const char* down = "output.dense";
  const char* attentionScale = "";  ///< a factor for each channel of a branch; empty: none
  const char* mlpScale = "";
};

/// What one layer of a ViT is built from.
struct VitLayerConfig {
  std::int64_t hidden = 0, heads = 0, ffn = 0;
  double normEps = 1e-12;
  std::string activation = "gelu";
  bool queryBias = true, keyBias = true, valueBias = true;
  bool gated = false;  ///< SwiGLU: `up` holds gate and up, activation is silu
  VitNames names;
};

/// How a ViT makes tokens of a picture.
struct VitEmbeddingConfig {
  enum class Positions {
    kNone,
    kFixed,         ///< pictures of the config's size, or resized where the caller asks for it
    kInterpolated,  ///< resized to whatever comes
    kBilinear,      ///< the same, bilinearly instead of bicubically
  };

  Size image, patch;
  std::int64_t channels = 3;
  Positions positions = Positions::kFixed;
  /// How the checkpoint holds the token for hidden patches: [1, hidden] or [1, 1, hidden].
  enum class MaskToken { kNone, kFlat, kFull } maskToken = MaskToken::kNone;
  bool distillationToken = false;    ///< after the class token
  std::int64_t detectionTokens = 0;  ///< after the patches

  Size grid() const { return {image.height / patch.height, image.width / patch.width}; }
  /// Tokens before the patches.
  std::int64_t leading() const { return distillationToken ? 2 : 1; }
};

/// The ViT family: vit, deit, beit, dinov2, yolos, and the encoder of dpt. A config's fields, by
/// transformers' names and with its defaults.
struct VitConfig {
  std::string modelType;
  const char* base = "";  ///< scope of the model below a head
  std::int64_t layers = 0;
  VitLayerConfig layer;
  VitEmbeddingConfig embedding;

  std::int64_t labels = 2;
  std::int64_t poolerSize = 0;
  std::string poolerActivation = "tanh";
  std::int64_t encoderStride = 16;       ///< pixels of a patch that masked image modelling restores
  std::int64_t vocab = 0;                ///< visual tokens of BEiT
  std::vector<std::int64_t> poolScales;  ///< BEiT's segmentation head: sides of pooled maps
  bool meanPooling = false;              ///< BEiT: the mean of the patches stands for the picture
  bool layerBias = false;                ///< BEiT: each layer has a bias by relative position
  bool sharedBias = false;               ///< BEiT: one for all layers
  bool midPositions = false;             ///< YOLOS: positions are added between the layers too

  // as a backbone
  std::vector<std::size_t> outStages;  ///< 0: the embeddings; i: after layer i
  bool normalizeMaps = false;          ///< the final norm is applied to each map
  bool pyramid = false;                ///< BEiT: four maps are made of four sizes
  bool spatialMaps = true;             ///< [batch, hidden, height, width]; else all tokens

  static VitConfig read(const JsonField& config);
};

ModelShape shapeOf(const VitConfig& config);
ModelShape vitShape(const JsonField& config);

}  // namespace orrery::models::vision
