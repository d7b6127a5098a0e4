#include <parquet/file_reader.h>

#include <algorithm>
#include <cmath>

#include "core/media/table/parquet/column.h"
#include "core/media/table/parquet/input.h"
#include "core/media/table/row_source.h"

/// Parquet (https://parquet.apache.org/docs/file-format) by Apache Arrow's library.
namespace orrery::media::table::parquet_file {
namespace {

constexpr std::int64_t kBlockValues = 4 << 20;

/// Some columns of a row group, read on and on.
class Group {
 public:
  Group(parquet::ParquetFileReader& file, int index, const Layout& layout,
        const std::vector<std::size_t>& columns)
      : reader_(file.RowGroup(index)), numbers_(columns.size()) {
    const auto add = [&](std::size_t column, std::optional<TimeForm> form) {
      const auto place = static_cast<int>(column);
      values_.push_back(
          columnValues(reader_->Column(place), *file.metadata()->schema()->Column(place), form));
    };
    for (const std::size_t column : columns) add(column, {});
    for (const std::size_t column : layout.timeColumns) add(column, layout.timeForm);
  }

  void skip(std::int64_t rows) {
    for (const auto& values : values_) values->skip(rows);
  }

  BlockValues read(std::int64_t rows) {
    BlockValues result;
    result.rows = rows;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      std::vector<double> values;
      values.reserve(static_cast<std::size_t>(rows));
      values_[i]->read(rows, values);
      if (i < numbers_)
        result.columns.emplace_back(values.begin(), values.end());
      else if (result.times.empty())
        result.times = std::move(values);
      else
        std::ranges::transform(result.times, values, result.times.begin(), std::plus());
    }
    return result;
  }

 private:
  std::shared_ptr<parquet::RowGroupReader> reader_;
  std::size_t numbers_;
  std::vector<std::unique_ptr<ColumnValues>> values_;
};

/// Blocks are runs of rows of one row group; their offset and length count rows.
class ParquetRows : public RowSource {
 public:
  ParquetRows(const std::shared_ptr<const ByteSource>& source, const ReadOptions& options)
      : bytes_(source->size()) {
    parquet::ReaderProperties properties;
    properties.enable_buffered_stream();  // else a column of a row group is in memory as a whole
    properties.set_buffer_size(1 << 20);
    file_ = parquet::ParquetFileReader::Open(arrowFile(source), properties);
    for (int i = 0; i < file_->metadata()->num_row_groups(); ++i)
      ends_.push_back((i == 0 ? 0 : ends_.back()) + file_->metadata()->RowGroup(i)->num_rows());
    requireFewColumns(static_cast<std::size_t>(file_->metadata()->num_columns()));
    findPreview(options);
    columns_ = numberColumns(preview_.layout);
    const auto width = static_cast<std::int64_t>(std::max<std::size_t>(columns_.size(), 1));
    blockRows_ = std::max<std::int64_t>(kBlockValues / width, 1024);
  }

  const Preview& preview() const override { return preview_; }
  std::uint64_t size() const override { return bytes_; }
  std::uint64_t done() const override {
    if (ends_.empty() || ends_.back() == 0) return bytes_;
    return static_cast<std::uint64_t>(static_cast<double>(bytes_) * static_cast<double>(at_) /
                                      static_cast<double>(ends_.back()));
  }

  std::optional<Found> next() override {
    while (group_ < ends_.size() && at_ == ends_[group_]) ++group_, open_.reset();
    if (group_ == ends_.size()) return std::nullopt;
    const RowBlock block{static_cast<std::uint64_t>(at_),
                         static_cast<std::uint64_t>(std::min(blockRows_, ends_[group_] - at_))};
    at_ += static_cast<std::int64_t>(block.length);
    // Read here, one after the other: to begin in the midst of a group is to read its beginning.
    auto values = std::make_shared<BlockValues>(guarded([&] {
      if (!open_)
        open_ =
            std::make_unique<Group>(*file_, static_cast<int>(group_), preview_.layout, columns_);
      return open_->read(static_cast<std::int64_t>(block.length));
    }));
    return Found{block, [values] { return std::move(*values); }};
  }

  BlockValues read(const RowBlock& block, const std::vector<std::size_t>& columns) const override {
    const auto first = static_cast<std::int64_t>(block.offset);
    const auto group =
        static_cast<std::size_t>(std::ranges::upper_bound(ends_, first) - ends_.begin());
    return guarded([&] {
      Group opened(*file_, static_cast<int>(group), preview_.layout, columns);
      opened.skip(group == 0 ? first : first - ends_[group - 1]);
      return opened.read(static_cast<std::int64_t>(block.length));
    });
  }

 private:
  void findPreview(const ReadOptions& options) {
    const parquet::SchemaDescriptor& schema = *file_->metadata()->schema();
    std::vector<Column> columns;
    for (int i = 0; i < schema.num_columns(); ++i)
      columns.push_back({schema.Column(i)->path()->ToDotString(), kindOf(*schema.Column(i))});
    std::vector<std::vector<std::string>> rows;
    for (std::size_t group = 0; group < ends_.size() && rows.empty(); ++group) {
      const std::int64_t begin = group == 0 ? 0 : ends_[group - 1];
      rows.resize(std::min(kSampleRows, static_cast<std::size_t>(ends_[group] - begin)),
                  std::vector<std::string>(columns.size()));
      fillRows(static_cast<int>(group), rows);
    }
    preview_ = layoutOfColumns(std::move(columns), std::move(rows), options);
  }

  void fillRows(int group, std::vector<std::vector<std::string>>& rows) const {
    const auto reader = file_->RowGroup(group);
    for (std::size_t i = 0; !rows.empty() && i < rows[0].size(); ++i) {
      const auto place = static_cast<int>(i);
      auto texts = columnValues(reader->Column(place), *file_->metadata()->schema()->Column(place))
                       ->texts(static_cast<std::int64_t>(rows.size()));
      for (std::size_t row = 0; row < rows.size(); ++row) rows[row][i] = std::move(texts[row]);
    }
  }

  std::uint64_t bytes_;
  std::unique_ptr<parquet::ParquetFileReader> file_;
  std::vector<std::int64_t> ends_;  ///< of each row group: the rows up to its end
  Preview preview_;
  std::vector<std::size_t> columns_;
  std::int64_t blockRows_ = 0, at_ = 0;
  std::size_t group_ = 0;
  std::unique_ptr<Group> open_;
};

}  // namespace
}  // namespace orrery::media::table::parquet_file

extern "C" orrery::media::table::RowSource* orreryMakeParquetRows(
    std::shared_ptr<const orrery::media::table::ByteSource> source,
    const orrery::media::table::ReadOptions& options) {
  using namespace orrery::media::table::parquet_file;
  return guarded([&] { return std::make_unique<ParquetRows>(source, options); }).release();
}
