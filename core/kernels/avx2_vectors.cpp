#ifdef ORRERY_X86_KERNELS
#include "core/kernels/attend_tile.h"
#include "core/kernels/dropout.h"
#include "core/kernels/gate.h"
#include "core/kernels/norm.h"
#include "core/kernels/short_attention.h"

namespace orrery::kernels::avx2 {
#include "core/kernels/vector_inl.h"
// Those below are written in its terms.
#include "core/kernels/attend_tile_inl.h"
#include "core/kernels/dropout_inl.h"
#include "core/kernels/gate_inl.h"
#include "core/kernels/norm_inl.h"
#include "core/kernels/short_attention_inl.h"
}  // namespace orrery::kernels::avx2
#endif
