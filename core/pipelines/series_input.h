#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "core/media/table/series.h"
#include "core/pipelines/input.h"

namespace orrery::pipelines {

using media::table::Gaps;
using media::table::SeriesTable;

/// Reads series, and keeps those of the last file, so that another origin in it costs no reading.
/// Thread-safe.
class SeriesReader {
 public:
  /// Reads `wanted` columns (none: all columns of numbers) of the input, a file or values. `table`
  /// is how a file is to be read. An Error names the place where times are not in order or not
  /// evenly spaced.
  std::shared_ptr<const SeriesTable> read(const Series& input,
                                          const std::vector<std::string>& wanted, const Json& table,
                                          const JobContext& context);

 private:
  /// What series were read from; a file that has changed is another.
  struct Key {
    std::filesystem::path file;
    std::vector<std::string> wanted;
    Json table;
    std::filesystem::file_time_type changed;
    std::uintmax_t size = 0;
    bool operator==(const Key&) const = default;
  };

  std::mutex mutex_;  ///< guards what follows
  Key key_;
  std::shared_ptr<const SeriesTable> last_;
};

}  // namespace orrery::pipelines
