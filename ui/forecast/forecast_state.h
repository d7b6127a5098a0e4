#pragma once

#include <QString>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace orrery::ui {

/// What the forecast panel is asked to do; kept in the settings as it changes.
struct ForecastState {
  std::string file;
  Json settings = Json::object();    ///< how the file is read, where what is found is wrong
  std::vector<std::string> columns;  ///< that are forecast
  std::vector<std::string> shown;    ///< that are drawn, one above the other
  std::vector<std::string> models;
  std::optional<std::int64_t> origin;  ///< row that is forecast first; none: behind the last
  int horizon = 0;                     ///< steps; 0: as many as each model forecasts
  std::string gaps = "refuse";
  bool standardize = false;
  int scalingRows = 0;  ///< rows that tell mean and deviation; 0: up to the origin
  bool draws = false;   ///< draw the futures that a model drew
  std::string more;     ///< further options of the task, as JSON
  int windows = 16;     ///< origins of a backtest
  int stride = 0;       ///< steps between these; 0: the horizon
  int season = 0;       ///< steps that seasonal-naive looks back; 0: by the step
  bool scaledScores = false;
  int page = 0;  ///< that is shown: series, backtest, table

  static void fields(auto& f, auto& self) {
    f.optional("file", self.file);
    f.optional("settings", self.settings);
    f.optional("columns", self.columns);
    f.optional("shown", self.shown);
    f.optional("models", self.models);
    f("origin", self.origin);
    f.optional("horizon", self.horizon);
    f.optional("gaps", self.gaps);
    f.optional("standardize", self.standardize);
    f.optional("scaling_rows", self.scalingRows);
    f.optional("draws", self.draws);
    f.optional("more", self.more);
    f.optional("windows", self.windows);
    f.optional("stride", self.stride);
    f.optional("season", self.season);
    f.optional("scaled_scores", self.scaledScores);
    f.optional("page", self.page);
  }
};

/// Options of time-series-forecasting. Throws an Error if `more` is no JSON object.
Json forecastOptions(const ForecastState& state);
/// The same, with scores over many origins before the end of the table.
Json backtestOptions(const ForecastState& state);

}  // namespace orrery::ui
