#include "core/kernels/attend_tile.h"

namespace orrery::kernels::generic {
#include "core/kernels/attend_tile_inl.h"
}  // namespace orrery::kernels::generic
