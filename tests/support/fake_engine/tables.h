#pragma once

#include "core/protocol/pipeline.h"
#include "core/protocol/server.h"
#include "core/protocol/table.h"

/// Tables and forecasts of the fake engine. Every file is one table: "date", hourly from
/// 2024-01-01, "load" and "wind", waves over a day, and "note", a text.
namespace orrery::protocol {

/// A path with "broken" in it is no table. Settings come back as they were given.
OpenTableResult openFakeTable(const OpenTableParams& params, std::int64_t rows);
TableSeriesResult fakeSeries(const TableSeriesParams& params, std::int64_t rows,
                             RequestContext& context);
/// 24 steps: the value of a day before with quantiles 0.1, 0.5 and 0.9 that are 1 apart; with the
/// option trajectories three futures, with backtest scores. An origin below 48 is refused.
RunPipelineResult fakeForecast(const RunPipelineParams& params, std::int64_t rows,
                               RequestContext& context);

}  // namespace orrery::protocol
