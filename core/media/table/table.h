#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "core/base/job.h"
#include "core/media/table/layout.h"
#include "core/media/table/pyramid.h"

namespace orrery::media::table {

class RowSource;
struct RowBlock;

/// Bytes that may be read from anywhere; several threads at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  /// Reads up to `count` bytes at `offset`, all of them unless they end before.
  virtual std::string read(std::uint64_t offset, std::size_t count) const = 0;

  /// A file; an Error names it.
  static std::shared_ptr<const ByteSource> file(const std::filesystem::path& path);
  static std::shared_ptr<const ByteSource> memory(std::string bytes);
};

/// Which numbers to read from rows.
struct Selection {
  std::vector<std::size_t> columns;    ///< columns of numbers
  std::int64_t first = 0, count = -1;  ///< rows; -1: all to the end
};

/// What was read: of each column, a value for each row, NaN where it is missing.
struct Values {
  std::vector<std::vector<float>> columns;
  std::vector<double> times;  ///< seconds since 1970; empty if the table has no times
};

/// A table of numbers over time, in a file that may be larger than memory: opening it reads it
/// once, with several threads, and keeps where blocks of rows begin, the range of each column at
/// every zoom, and nothing else; values are read again where they are asked for. Thread-safe.
class Table {
 public:
  /// Opens a CSV, TSV or Parquet file. Throws an Error with row and column where a cell is not what
  /// its column holds, a row has cells too many or too few, or a text is in another encoding.
  /// Progress is told in bytes.
  static std::shared_ptr<const Table> open(const std::filesystem::path& path,
                                           const ReadOptions& options = {},
                                           const JobContext& context = {});
  static std::shared_ptr<const Table> open(std::shared_ptr<const ByteSource> source,
                                           const ReadOptions& options,
                                           const JobContext& context = {});

  ~Table();

  const Layout& layout() const { return preview().layout; }
  const Preview& preview() const;
  std::int64_t rows() const { return rows_; }
  /// The ranges of a column; empty for one that holds no numbers.
  const Pyramid& pyramid(std::size_t column) const { return pyramids_.at(column); }
  bool hasTimes() const { return !layout().timeColumns.empty(); }
  /// Time of the first row and the last; NaN if there are none.
  double firstTime() const { return firstTime_; }
  double lastTime() const { return lastTime_; }
  /// The first row whose time is not after that of the row before it; -1 if there is none.
  std::int64_t firstUnordered() const { return firstUnordered_; }

  Values read(const Selection& selection, const JobContext& context = {}) const;
  /// The preview of a file alone, from its first part.
  static Preview previewOf(const std::filesystem::path& path, const ReadOptions& options = {});

 private:
  friend class TableScan;
  Table();

  std::unique_ptr<RowSource> rowSource_;
  std::vector<RowBlock> blocks_;
  std::vector<Pyramid> pyramids_;
  std::int64_t rows_ = 0, firstUnordered_ = -1;
  double firstTime_ = std::numeric_limits<double>::quiet_NaN(), lastTime_ = firstTime_;
};

}  // namespace orrery::media::table
