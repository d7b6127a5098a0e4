#include "core/media/table/table.h"

#include <algorithm>
#include <deque>
#include <future>
#include <thread>

#include "core/base/error.h"
#include "core/media/table/row_source.h"

namespace orrery::media::table {
namespace {

/// Runs work on threads of its own, a few at a time, and hands the results over in order.
class Ordered {
 public:
  using Consume = std::function<void(BlockValues&&)>;
  explicit Ordered(Consume consume)
      : limit_(std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 16) + 1),
        consume_(std::move(consume)) {}

  template <class Work>
  void push(Work&& work) {
    while (waiting_.size() >= limit_) takeFirst();
    waiting_.push_back(std::async(std::launch::async, std::forward<Work>(work)));
  }
  void finish() {
    while (!waiting_.empty()) takeFirst();
  }

 private:
  void takeFirst() {
    std::future<BlockValues> first = std::move(waiting_.front());
    waiting_.pop_front();
    consume_(first.get());
  }

  std::size_t limit_;
  Consume consume_;
  std::deque<std::future<BlockValues>> waiting_;
};

std::unique_ptr<RowSource> rowsOf(std::shared_ptr<const ByteSource> source,
                                  const ReadOptions& options) {
  return isParquet(*source) ? parquetRows(std::move(source), options)
                            : textRows(std::move(source), options);
}

}  // namespace

/// The one pass over a file that makes a Table.
class TableScan {
 public:
  explicit TableScan(std::unique_ptr<RowSource> rows)
      : rows_(*rows), table_(new Table), columns_(numberColumns(rows->preview().layout)) {
    table_->rowSource_ = std::move(rows);
    const Layout& layout = table_->layout();
    if (columns_.empty())
      throw Error(ErrorKind::kInvalidInput, "has no column of numbers{}",
                  layout.file == FileKind::kText ? fmt::format(" (cells are parted at {})",
                                                               layout.toJson()["delimiter"].dump())
                                                 : "");
    table_->pyramids_.resize(layout.columns.size());
  }

  std::shared_ptr<const Table> run(const JobContext& context) {
    ProgressMeter meter("reading", "bytes", static_cast<double>(rows_.size()), context.progress);
    Ordered ordered([this](BlockValues&& values) { take(std::move(values)); });
    while (auto found = rows_.next()) {
      context.cancel.throwIfCancelled();
      table_->blocks_.push_back(found->block);
      ordered.push(std::move(found->read));
      meter.advanceTo(static_cast<double>(rows_.done()));
    }
    ordered.finish();
    meter.finish();
    return table_;
  }

 private:
  void take(BlockValues&& values) {
    RowBlock& block = table_->blocks_[merged_++];
    block.firstRow = table_->rows_;
    block.line = line_;
    if (values.failed)
      rows_.read(block, columns_);  // now that the line that an Error names is known
    line_ += values.lines;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      table_->pyramids_[columns_[i]].append(values.columns[i]);
    for (std::size_t i = 0; i < values.times.size(); ++i) {
      const double time = values.times[i];
      if (table_->firstUnordered_ < 0 && time <= table_->lastTime_)
        table_->firstUnordered_ = table_->rows_ + static_cast<std::int64_t>(i);
      if (table_->rows_ == 0 && i == 0) table_->firstTime_ = time;
      table_->lastTime_ = time;
    }
    table_->rows_ += values.rows;
  }

  RowSource& rows_;
  std::shared_ptr<Table> table_;
  std::vector<std::size_t> columns_;
  std::size_t merged_ = 0;
  std::int64_t line_ = 0;
};

Table::Table() = default;
Table::~Table() = default;

const Preview& Table::preview() const {
  return rowSource_->preview();
}

std::shared_ptr<const Table> Table::open(std::shared_ptr<const ByteSource> source,
                                         const ReadOptions& options, const JobContext& context) {
  return TableScan(rowsOf(std::move(source), options)).run(context);
}

std::shared_ptr<const Table> Table::open(const std::filesystem::path& path,
                                         const ReadOptions& options, const JobContext& context) {
  auto source = ByteSource::file(path);
  return withContext(path.string(), [&] { return open(std::move(source), options, context); });
}

Preview Table::previewOf(const std::filesystem::path& path, const ReadOptions& options) {
  auto source = ByteSource::file(path);
  return withContext(path.string(), [&] { return rowsOf(std::move(source), options)->preview(); });
}

Values Table::read(const Selection& selection, const JobContext& context) const {
  for (const std::size_t column : selection.columns)
    if (layout().columns.at(column).kind != Column::Kind::kNumber)
      throw Error(ErrorKind::kInvalidInput, "column {} holds no numbers",
                  quoted(layout().columns[column].name));
  const std::int64_t first = std::clamp<std::int64_t>(selection.first, 0, rows_);
  const std::int64_t last = selection.count < 0 ? rows_ : std::min(rows_, first + selection.count);
  Values result;
  result.columns.resize(selection.columns.size());
  auto block =
      std::upper_bound(blocks_.begin(), blocks_.end(), first,
                       [](std::int64_t row, const RowBlock& b) { return row < b.firstRow; });
  if (block != blocks_.begin()) --block;
  std::int64_t row = block == blocks_.end() ? 0 : block->firstRow;
  const auto append = [&](BlockValues&& values) {
    const std::int64_t from = std::clamp<std::int64_t>(first - row, 0, values.rows),
                       to = std::clamp<std::int64_t>(last - row, from, values.rows);
    for (std::size_t i = 0; i < result.columns.size(); ++i)
      result.columns[i].insert(result.columns[i].end(), values.columns[i].begin() + from,
                               values.columns[i].begin() + to);
    if (!values.times.empty())
      result.times.insert(result.times.end(), values.times.begin() + from,
                          values.times.begin() + to);
    row += values.rows;
  };
  Ordered ordered(append);
  for (; block != blocks_.end() && block->firstRow < last; ++block) {
    context.cancel.throwIfCancelled();
    ordered.push([this, &selection, block] { return rowSource_->read(*block, selection.columns); });
  }
  ordered.finish();
  return result;
}

}  // namespace orrery::media::table
