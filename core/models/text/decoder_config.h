#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::models::text {

/// Where a decoder layer normalises.
enum class NormPlace {
  kBefore,    ///< x + f(norm(x)), Llama
  kAfter,     ///< x + norm(f(x)), OLMo 2
  kAround,    ///< x + norm(f(norm(x))), Gemma 2 and 3, GLM-4
  kParallel,  ///< x + attention(norm(x)) + mlp(norm(x)), Cohere
};

enum class QkNorm {
  kNone,
  kHead,       ///< RMS over each head, one weight for all, Qwen 3 and Gemma 3
  kWhole,      ///< RMS over all heads together, OLMo 2
  kLayerNorm,  ///< mean and variance of each head, a weight for each, Cohere
};

/// How a layer's experts are routed and named.
struct MoeConfig {
  std::string style;  ///< "mixtral", "qwen2_moe", "qwen3_moe", "gpt_oss"
  std::int64_t experts = 0, chosen = 0, ffn = 0;
  std::int64_t sharedFfn = 0;    ///< of the expert that all tokens pass (Qwen 2 MoE); 0: none
  bool normalizeChosen = false;  ///< the chosen probabilities are made to add up to one
};

/// What differs between the decoder-only families that share one structure (Llama's): read from
/// config.json, so that a new model type is a row in a table.
struct DecoderConfig {
  std::string modelType;
  std::int64_t hidden = 0, heads = 0, kvHeads = 0, headDim = 0, ffn = 0, layers = 0, vocab = 0;
  std::int64_t maxPositions = 0;
  double normEps = 1e-6;
  bool layerNorm = false;  ///< LayerNorm without bias instead of RMSNorm
  float normOffset = 0;    ///< 1: norm weights are stored around zero
  NormPlace normPlace = NormPlace::kBefore;
  QkNorm qkNorm = QkNorm::kNone;
  bool qkvBias = false, outBias = false, mlpBias = false;
  bool fusedQkv = false, fusedGateUp = false;
  bool neighbourRotary = false;
  bool sectioned = false;  ///< positions have three parts: time, row, column (Qwen2-VL)
  bool sinks = false;
  std::string activation = "silu";
  double attentionScale = 0;
  double attentionSoftcap = 0, logitSoftcap = 0;
  double embeddingScale = 1;  ///< of tokens alone (Gemma)
  double inputScale = 1;      ///< of all that enters the stack (Granite)
  double residualScale = 1, logitScale = 1;
  bool tied = false;
  std::vector<std::int64_t> windows;  ///< per layer; 0: all earlier tokens
  std::vector<bool> rotaryLayers;     ///< per layer; false: no position embedding (SmolLM3)
  std::vector<Json> ropeParameters;   ///< per layer kind
  std::vector<int> ropeOfLayer;       ///< per layer, index into ropeParameters
  std::optional<MoeConfig> moe;
  std::vector<bool> moeLayers;  ///< per layer
  std::optional<std::int64_t> padToken;
  std::int64_t labels = 2;
  bool bothWays = false;  ///< use_bidirectional_attention, which only some larger models have

  /// Reads the config of a type among decoderTypes(). Errors name file and field.
  static DecoderConfig read(const JsonField& config);
  /// The same of the part of a larger model that has the decoder: fields that such files leave out
  /// have transformers' defaults. The caller decides about `bothWays`.
  static DecoderConfig readPart(const JsonField& config, const std::string& modelType);
};

/// The model types of this family.
std::vector<std::string> decoderTypes();

}  // namespace orrery::models::text
