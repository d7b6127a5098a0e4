#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::models::text {

/// Checkpoint names of a classic decoder, relative to the scope that they lie in.
struct ClassicNames {
  const char* base;  ///< below the root, in a checkpoint with a head
  const char* tokens;
  const char* positions;  ///< null: rotary
  const char* layers;
  const char* attentionNorm;
  const char* qkv;        ///< fused; null: q_proj, k_proj, v_proj under `attention`
  const char* attention;  ///< scope of the separate projections
  const char* attentionOut;
  const char* mlpNorm;
  const char* up;
  const char* down;
  const char* finalNorm;
  const char* head;
  const char* tokenScore;                ///< classifier of tokens
  const char* crossAttention = nullptr;  ///< scope of the attention over an encoder's output
  const char* crossNorm = nullptr;
};

/// Decoders from before Llama: layer norms with bias, a plain feed-forward part, learned positions
/// or partial rotary ones (GPT-2, GPT-NeoX, OPT, the decoder of TrOCR).
struct ClassicConfig {
  enum class Fused { kNo, kThirds, kPerHead };

  std::string modelType;
  ClassicNames names{};
  std::int64_t hidden = 0, heads = 0, ffn = 0, layers = 0, vocab = 0, maxPositions = 0;
  std::int64_t embeddingDim = 0;  ///< of the tokens; projected where it is not `hidden` (OPT)
  double normEps = 1e-5;
  std::string activation;
  Fused fused = Fused::kNo;
  bool conv1d = false;  ///< matrices are stored [in, out]
  bool bias = true;
  bool keyBias = true;     ///< false: keys alone have none (Whisper)
  bool normBefore = true;  ///< false: after each part (OPT-350M)
  bool parallel = false;   ///< attention and feed-forward read the same input
  bool finalNorm = true;
  bool scaleByHeadDim = true, scaleByLayer = false;
  std::int64_t crossHidden = 0;  ///< width of an encoder's output to look at; 0: no such part
  bool embeddingNorm = false;
  double embeddingScale = 1;        ///< of the tokens, before positions are added
  bool sinusoids = false;           ///< positions are waves, not learned; padding takes none
  std::int64_t positionOffset = 0;  ///< rows of the position table before position 0
  bool positionsFromMask = false;   ///< padding on the left does not count
  std::optional<Json> ropeParameters;
  bool tied = true;
  std::optional<std::int64_t> padToken;
  std::int64_t labels = 2;

  static ClassicConfig read(const JsonField& config);
};

std::vector<std::string> classicTypes();

}  // namespace orrery::models::text
