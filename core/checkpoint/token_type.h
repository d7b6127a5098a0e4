#pragma once

#include <cstdint>

namespace orrery::checkpoint {

/// What a token is, by the numbers of sentencepiece's model files, which GGUF took over.
enum class TokenType : std::int32_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

}  // namespace orrery::checkpoint
