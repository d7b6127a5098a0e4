#include "core/models/timeseries/series_config.h"

namespace orrery::models::timeseries {

void addShapes(std::map<std::string, ReadShape>& table) {
  (void)table;
}

}  // namespace orrery::models::timeseries
