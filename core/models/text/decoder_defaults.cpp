#include "core/models/text/decoder_defaults.h"

#include <map>

namespace orrery::models::text {

DecoderDefaults decoderDefaults(const std::string& modelType) {
  // hidden, ffn, layers, heads, kvHeads, headDim, vocab, maxPositions, window, normEps
  static const std::map<std::string, DecoderDefaults> table{
      {"gemma", {3072, 24576, 28, 16, 16, 256, 256000, 8192, 0, 1e-6}},
      {"gemma2", {2304, 9216, 26, 8, 4, 256, 256000, 8192, 4096, 1e-6}},
      {"gemma3_text", {2304, 9216, 26, 8, 4, 256, 262208, 131072, 4096, 1e-6}},
      {"granite", {4096, 11008, 32, 32, 0, 0, 32000, 2048, 0, 1e-6}},
      {"llama", {4096, 11008, 32, 32, 0, 0, 32000, 2048, 0, 1e-6}},
      {"mistral", {4096, 14336, 32, 32, 8, 0, 32000, 131072, 4096, 1e-6}},
      {"mixtral", {4096, 14336, 32, 32, 8, 0, 32000, 131072, 0, 1e-5}},
      {"olmo2", {4096, 11008, 32, 32, 0, 0, 50304, 2048, 0, 1e-5}},
      {"phi3", {3072, 8192, 32, 32, 0, 0, 32064, 4096, 0, 1e-5}},
      {"qwen2", {4096, 22016, 32, 32, 32, 0, 151936, 32768, 0, 1e-6}},
      {"qwen2_vl_text", {8192, 29568, 80, 64, 8, 0, 152064, 32768, 4096, 1e-5}},
      {"qwen3", {4096, 22016, 32, 32, 32, 128, 151936, 32768, 0, 1e-6}},
      {"smollm3", {2048, 11008, 36, 16, 4, 0, 128256, 32768, 0, 1e-6}},
  };
  const auto found = table.find(modelType);
  return found == table.end() ? DecoderDefaults{} : found->second;
}

}  // namespace orrery::models::text
