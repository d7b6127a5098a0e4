#ifdef ORRERY_X86_KERNELS
#include "core/kernels/attend_tile.h"

namespace orrery::kernels::avx512 {
#include "core/kernels/attend_tile_inl.h"
}  // namespace orrery::kernels::avx512
#endif
