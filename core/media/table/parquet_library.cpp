#include "core/media/library.h"
#include "core/media/table/row_source.h"
#include "core/media/table/table.h"

namespace orrery::media::table {

bool isParquet(const ByteSource& source) {
  return source.read(0, 4) == "PAR1";
}

std::unique_ptr<RowSource> parquetRows(std::shared_ptr<const ByteSource> source,
                                       const ReadOptions& options) {
  using MakeRows = RowSource* (*)(std::shared_ptr<const ByteSource>, const ReadOptions&);
  static const auto make = reinterpret_cast<MakeRows>(
      libraryEntry("liborrery_parquet.so", "orreryMakeParquetRows", "no Parquet file can be read"));
  return std::unique_ptr<RowSource>(make(std::move(source), options));
}

}  // namespace orrery::media::table
