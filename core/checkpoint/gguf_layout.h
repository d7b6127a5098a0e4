#pragma once

#include <cstdint>
#include <functional>

#include "core/checkpoint/weight_source.h"

/// Tensors in another order or form. All results own their bytes.
namespace orrery::checkpoint {

/// Row i of the result is row `source(i)` of `view`; of a vector, element. Rows stay packed.
TensorView withRows(const TensorView& view,
                    const std::function<std::int64_t(std::int64_t)>& source);

/// llama.cpp interleaves the two halves of each of `heads` heads; this puts them back.
TensorView withoutRotaryOrder(const TensorView& view, std::int64_t heads);

/// From [q, k, v][heads][dim] rows to [heads][q, k, v][dim].
TensorView withHeadsApart(const TensorView& view, std::int64_t heads);

/// Values less one, as float32.
TensorView lessOne(const TensorView& view);

/// A matrix [rows, columns] (or several, [n, rows, columns]) as [columns, rows]. Scalars keep their
/// type; packed values become float32.
TensorView transposed(const TensorView& view);

/// Rows (second to last dimension; of a bias, the last) of `a` and `b` in turn.
TensorView interleaved(const TensorView& a, const TensorView& b);

/// Part `index` of the first dimension, where it lies.
TensorView part(const TensorView& view, std::int64_t index);

/// As float32.
TensorView unpacked(const TensorView& view);

/// Blocks of MXFP4 as transformers keeps them: nibbles in pairs [.., groups, 16], and scales [..,
/// groups].
TensorView mxfp4Blocks(const TensorView& view);
TensorView mxfp4Scales(const TensorView& view);

}  // namespace orrery::checkpoint
