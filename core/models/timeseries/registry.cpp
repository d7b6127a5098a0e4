#include "core/models/timeseries/series_families.h"

/// The one place that lists the families of this folder.
namespace orrery::models::timeseries {

void registerFamilies(Families& families) {
  (void)families;
}

}  // namespace orrery::models::timeseries
