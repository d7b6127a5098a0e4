#include "core/tokenizers/text/growth.h"

#include "core/base/error.h"

namespace orrery::tokenizers {
namespace {

// The longest compatible decomposition takes 11 times the bytes of its character.
constexpr std::size_t kMaxGrowth = 64;
constexpr std::size_t kAlwaysAllowed = 4096;

}  // namespace

void checkGrowth(std::size_t originalBytes, std::size_t bytes) {
  if (bytes > originalBytes * kMaxGrowth + kAlwaysAllowed)
    throw Error(ErrorKind::kInvalidInput,
                "the tokenizer's replacements make {} bytes of a text of {}, more than {} times as "
                "many",
                bytes, originalBytes, kMaxGrowth);
}

}  // namespace orrery::tokenizers
