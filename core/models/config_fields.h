#pragma once

#include "core/base/json.h"

namespace orrery::models {

/// A size that has to be there and be at least 1 and at most 2^31.
std::int64_t positiveSize(const JsonField& config, std::string_view key);
/// The same of a size that may be absent.
std::int64_t positiveSize(const JsonField& config, std::string_view key, std::int64_t otherwise);

/// Number of classes of a head: the length of id2label, else num_labels, else 2.
std::int64_t labelCount(const JsonField& config);

}  // namespace orrery::models
