#include "core/models/timeseries/series_families.h"

/// The one place that lists the families of this folder.
namespace orrery::models::timeseries {

void registerFamilies(Families& families) {
  families["autoformer"] = makeAutoformer;
  families["informer"] = makeInformer;
  families["time_series_transformer"] = makeTimeSeriesTransformer;
  families["timesfm"] = makeTimesFm;
  families["patchtsmixer"] = makePatchMixer;
  families["patchtst"] = makePatchTst;
}

}  // namespace orrery::models::timeseries
