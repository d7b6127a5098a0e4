#pragma once

#include "core/base/json.h"

namespace orrery::models {

/// A size that has to be there and lie in 1 to `most`.
std::int64_t positiveSize(const JsonField& config, std::string_view key,
                          std::int64_t most = std::int64_t{1} << 31);
/// The same of a size that may be absent.
std::int64_t positiveSizeOr(const JsonField& config, std::string_view key, std::int64_t otherwise,
                            std::int64_t most = std::int64_t{1} << 31);

/// A field from 0 to 1.
double probability(const JsonField& config, const char* key, double otherwise);

/// Greatest number of layers, and greatest size of one head: what is laid out before the first
/// tensor is looked for must not grow with a number that somebody wrote.
inline constexpr std::int64_t kMaxLayers = 10'000;
inline constexpr std::int64_t kMaxHeadDim = 65'536;

/// Number of classes of a head: the length of id2label, else num_labels, else 2.
std::int64_t labelCount(const JsonField& config);

}  // namespace orrery::models
