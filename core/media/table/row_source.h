#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/media/table/block.h"

namespace orrery::media::table {

class ByteSource;

/// Rows that follow each other in a file and are read together.
struct RowBlock {
  std::uint64_t offset = 0, length = 0;  ///< as the source counts
  std::int64_t firstRow = 0;             ///< among the rows of values
  std::int64_t line = 0;                 ///< of the file, from 0
};

/// Where the rows of a Table come from: a kind of file.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual const Preview& preview() const = 0;
  /// Bytes, and how many of them next() has come to.
  virtual std::uint64_t size() const = 0;
  virtual std::uint64_t done() const = 0;

  /// A block, and what reads all columns of numbers of it, in any thread.
  struct Found {
    RowBlock block;
    std::function<BlockValues()> read;
  };
  /// The blocks one after the other; nothing behind the last.
  virtual std::optional<Found> next() = 0;
  /// Some columns of a block that next() gave; from any thread, several at once.
  virtual BlockValues read(const RowBlock& block,
                           const std::vector<std::size_t>& columns) const = 0;
};

/// The columns of numbers.
std::vector<std::size_t> numberColumns(const Layout& layout);

/// A CSV or TSV file.
std::unique_ptr<RowSource> textRows(std::shared_ptr<const ByteSource> source,
                                    const ReadOptions& options);
/// Whether bytes begin a Parquet file.
bool isParquet(const ByteSource& source);
/// A Parquet file, through the library that reads them.
std::unique_ptr<RowSource> parquetRows(std::shared_ptr<const ByteSource> source,
                                       const ReadOptions& options);

}  // namespace orrery::media::table
