#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/checkpoint/dtype.h"

namespace orrery::checkpoint {

/// True for F32, F16, BF16 and the packed types that can be unpacked (all that `gguf` for Python
/// unpacks; Q8_1, Q8_K and Q1_0 are not among them).
bool canDequantize(DType dtype);

/// Unpacks values of `dtype` to float, to the same bits as `gguf` for Python. `packed` holds
/// exactly the blocks of `values`. Throws an Error for another type (kUnsupported) or if the sizes
/// do not match.
void dequantize(DType dtype, std::span<const std::byte> packed, std::span<float> values);

/// The value of an IEEE half, given its bits.
float halfToFloat(std::uint16_t bits);

}  // namespace orrery::checkpoint
