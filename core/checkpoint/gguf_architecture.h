#pragma once

#include <span>
#include <string_view>

#include "core/checkpoint/gguf.h"

namespace orrery::checkpoint {

/// How llama.cpp's layout of a tensor differs from that of transformers.
enum class GgufLayout {
  kSame,
  kRotaryHeads,    ///< q of llama: rows of each head interleaved for its rotary embedding
  kRotaryKvHeads,  ///< the same of k
  kFusedHeads,     ///< gpt_neox: q, k, v one after the other instead of head by head
  kPlusOne,        ///< a norm's weight with one added
  kTransposed,     ///< [out, in] where transformers has [in, out]
  kColumn,         ///< [in] where transformers has [1, in]
  kExperts,        ///< all experts in one tensor; the name holds "{e}"
  kOssGateUp,      ///< gpt-oss: gate and up apart, where transformers interleaves them
  kOssDown,
};

/// A tensor's stem ("attn_q", "ffn_gate_exps") and what transformers calls it.
struct GgufName {
  std::string_view stem;
  std::string_view name;
  GgufLayout layout = GgufLayout::kSame;
};

/// One architecture of llama.cpp.
struct GgufArchitecture {
  std::string_view name;             ///< general.architecture
  std::string_view modelType;        ///< of transformers
  std::string_view className;        ///< under "architectures"
  std::string_view layers;           ///< prefix of a layer: "model.layers."
  std::span<const GgufName> own;     ///< looked up first
  std::span<const GgufName> shared;  ///< looked up next
};

/// The architecture of that file; an Error of kind kUnsupported that lists the known ones.
GgufArchitecture ggufArchitecture(const GgufFile& file);

}  // namespace orrery::checkpoint
