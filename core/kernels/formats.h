#pragma once

// The types that kernels read, inside core/kernels only.

#include <cstdint>

#include "core/checkpoint/dtype.h"
#include "core/kernels/kernel_table.h"
#include "core/kernels/matvec.h"

namespace orrery::kernels {

/// Columns that are stored together: 1 for plain numbers, 0 for a type without kernels.
std::int64_t blockColumns(checkpoint::DType dtype);

/// What dequantizes that type in the set in use; null for F32 and types without kernels.
UnpackFn unpackFor(checkpoint::DType dtype);

/// `count` values in a row, whole blocks, rounded to bfloat16.
void toBf16(checkpoint::DType dtype, const std::byte* from, std::int64_t count, std::uint16_t* to);

/// Throws the Error of a product that cannot be computed.
void checkProduct(const MatvecInput& input, const MatvecJob& job);

}  // namespace orrery::kernels
