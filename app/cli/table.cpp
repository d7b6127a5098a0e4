// table: how a CSV, TSV or Parquet file is read, and what its columns hold.

#include <cmath>
#include <cstdio>

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "core/media/table/table.h"

namespace orrery::cli {
namespace {

using media::table::Column;
using media::table::Table;

struct Options {
  std::string file;
  std::vector<std::string> settings;
  bool preview = false, json = false;
};

/// A float that JSON can hold.
OrderedJson numberOf(float value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson();
}

OrderedJson describe(const Table& table) {
  OrderedJson json = table.preview().toJson();
  json["row_count"] = table.rows();
  if (table.hasTimes() && table.rows() > 0) {
    json["first_time"] = media::table::timeText(table.firstTime());
    json["last_time"] = media::table::timeText(table.lastTime());
    if (table.firstUnordered() >= 0) json["first_unordered_row"] = table.firstUnordered() + 1;
  }
  for (std::size_t i = 0; i < table.layout().columns.size(); ++i) {
    if (table.layout().columns[i].kind != Column::Kind::kNumber) continue;
    const auto& pyramid = table.pyramid(i);
    json["columns"][i]["missing"] = pyramid.size() - pyramid.numbers();
    json["columns"][i]["least"] = numberOf(pyramid.whole().least);
    json["columns"][i]["greatest"] = numberOf(pyramid.whole().greatest);
  }
  return json;
}

/// One line for each fact, then one for each column.
void print(const OrderedJson& json) {
  for (const auto& [name, value] : json.items())
    if (name != "rows" && name != "columns") fmt::print("{:<20} {}\n", name, value.dump());
  for (const auto& column : json["columns"]) {
    fmt::print("{:<20} {}", column["name"].get<std::string>(), column["kind"].get<std::string>());
    if (column.contains("least"))
      fmt::print(", {} to {}, {} missing", column["least"].dump(), column["greatest"].dump(),
                 column["missing"].dump());
    fmt::print("\n");
  }
}

}  // namespace

void addTableCommand(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("table", "How a CSV, TSV or Parquet file is read, and what it holds");
  command->add_option("--input", options->file, "CSV, TSV or Parquet file")->required();
  command->add_option("--set", options->settings,
                      "encoding, delimiter, quote, decimal, missing, skip_rows, header, "
                      "skip_after_header, time_columns or time_form, where what is found is wrong; "
                      "a Parquet file takes the last two");
  command->add_flag("--preview", options->preview, "Look at the first rows alone");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&run, options] {
    run = [options] {
      const auto how =
          media::table::ReadOptions::fromJson(Json(parseAssignments(options->settings)));
      const OrderedJson json = options->preview ? Table::previewOf(options->file, how).toJson()
                                                : describe(*Table::open(options->file, how));
      if (options->json)
        std::puts(json.dump(1, ' ', false, Json::error_handler_t::replace).c_str());
      else
        print(json);
      return int{kDone};
    };
  });
}

}  // namespace orrery::cli
