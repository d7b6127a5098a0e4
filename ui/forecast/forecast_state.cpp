#include "ui/forecast/forecast_state.h"

#include "core/base/error.h"

namespace orrery::ui {
namespace {

// What both questions share: the table, its columns and what is done with their values.
Json commonOptions(const ForecastState& state) {
  Json options = Json::object();
  if (!state.columns.empty()) options["columns"] = state.columns;
  if (!state.settings.empty()) options["table"] = state.settings;
  if (state.horizon > 0) options["horizon"] = state.horizon;
  options["gaps"] = state.gaps;
  if (state.standardize) {
    options["scaling"] = "standard";
    if (state.scalingRows > 0) options["scaling_rows"] = state.scalingRows;
  }
  if (state.more.find_first_not_of(' ') == std::string::npos) return options;
  const Json more = parseJson(state.more, "More options");
  if (!more.is_object())
    throw Error(ErrorKind::kInvalidInput, "More options: expected a JSON object, found {}",
                jsonExcerpt(more));
  options.update(more);
  return options;
}

}  // namespace

Json forecastOptions(const ForecastState& state) {
  Json options = commonOptions(state);
  if (state.origin) options["origin"] = *state.origin;
  if (state.draws) options["trajectories"] = true;
  return options;
}

Json backtestOptions(const ForecastState& state) {
  Json options = commonOptions(state);
  options["backtest"] = state.windows;
  if (state.stride > 0) options["stride"] = state.stride;
  if (state.season > 0) options["season"] = state.season;
  if (state.scaledScores) options["scaled_scores"] = true;
  return options;
}

}  // namespace orrery::ui
