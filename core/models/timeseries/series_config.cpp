#include "core/models/timeseries/series_config.h"

#include "core/models/timeseries/patch_config.h"
#include "core/models/timeseries/timesfm_config.h"
#include "core/models/timeseries/transformer_config.h"

namespace orrery::models::timeseries {

void addShapes(std::map<std::string, ReadShape>& table) {
  for (const char* type : {"autoformer", "informer", "time_series_transformer"})
    table[type] = transformerShape;
  table["timesfm"] = timesFmShape;
  table["patchtsmixer"] = patchMixerShape;
  table["patchtst"] = patchTstShape;
}

}  // namespace orrery::models::timeseries
