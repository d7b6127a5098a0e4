#pragma once

#include <arrow/io/interfaces.h>

#include <memory>

#include "core/base/error.h"
#include "core/media/table/table.h"

namespace orrery::media::table::parquet_file {

/// `source` as Arrow reads files.
std::shared_ptr<arrow::io::RandomAccessFile> arrowFile(std::shared_ptr<const ByteSource> source);

/// Runs `work`; what Arrow throws becomes an Error.
template <class Work>
auto guarded(Work&& work) {
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& exception) {
    throw Error(ErrorKind::kInvalidInput, "cannot be read as Parquet: {}",
                quoted(std::string_view(exception.what()), 200));
  }
}

}  // namespace orrery::media::table::parquet_file
