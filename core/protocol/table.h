#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/protocol/arrays.h"

/// Tables of numbers over time, in files that may be larger than memory.
namespace orrery::protocol {

struct TableColumn {
  std::string name;
  std::string kind;                     ///< "number", "time" or "text"
  std::optional<std::int64_t> missing;  ///< of numbers: rows without, once all are read
  std::optional<double> least, greatest;

  bool operator==(const TableColumn&) const = default;
  static void fields(auto& f, auto& self) {
    f("name", self.name);
    f("kind", self.kind);
    f("missing", self.missing);
    f("least", self.least);
    f("greatest", self.greatest);
  }
};

struct OpenTableResult {
  Json layout;  ///< how the file is read, by the names of `settings`
  std::vector<TableColumn> columns;
  std::vector<std::vector<std::string>> preview;  ///< the first rows below the header
  std::optional<std::int64_t> rows;               ///< once all are read
  std::optional<double> firstTime, lastTime;      ///< seconds since 1970
  std::optional<double> step;                     ///< usual seconds between rows
  std::vector<std::string> problems;              ///< one sentence each

  bool operator==(const OpenTableResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("layout", self.layout);
    f("columns", self.columns);
    f("preview", self.preview);
    f("row_count", self.rows);
    f("first_time", self.firstTime);
    f("last_time", self.lastTime);
    f("step", self.step);
    f.optional("problems", self.problems);
  }
};

/// How a table is read and what it holds. Needs no model.
struct OpenTableParams {
  static constexpr auto kMethod = "table/open";
  using Result = OpenTableResult;

  std::string path;
  Json settings = Json::object();  ///< what is not set is found in the file
  bool whole = true;               ///< read all of it; else its first part alone, at once

  bool operator==(const OpenTableParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f.optional("settings", self.settings);
    f.optional("whole", self.whole);
  }
};

struct TableSeriesResult {
  std::int64_t rows = 0;                       ///< of the table
  std::int64_t first = 0, count = 0;           ///< the rows that the arrays are of
  std::optional<double> start, step;           ///< seconds, if the rows are evenly apart
  std::optional<std::string> arrays;           ///< Content-Id; what is in it: PROTOCOL.md
  std::shared_ptr<const Arrays> arrayContent;  ///< what came under that id; does not travel here

  bool operator==(const TableSeriesResult&) const = default;
  static void fields(auto& f, auto& self) {
    f("row_count", self.rows);
    f("first", self.first);
    f("count", self.count);
    f("start", self.start);
    f("step", self.step);
    f("arrays", self.arrays);
  }
};

/// Values of columns, or their least and greatest where there are more rows than `points`.
struct TableSeriesParams {
  static constexpr auto kMethod = "table/series";
  using Result = TableSeriesResult;

  std::string path;
  Json settings = Json::object();
  std::vector<std::string> columns;
  std::int64_t first = 0, count = -1;  ///< rows; -1: all to the end
  std::int64_t points = 65536;

  bool operator==(const TableSeriesParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f.optional("settings", self.settings);
    f("columns", self.columns);
    f.optional("first", self.first);
    f.optional("count", self.count);
    f.optional("points", self.points);
  }
};

}  // namespace orrery::protocol
