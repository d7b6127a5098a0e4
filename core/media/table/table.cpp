#include "core/media/table/table.h"

#include <algorithm>
#include <deque>
#include <future>
#include <thread>

#include "core/base/error.h"
#include "core/media/table/block.h"

namespace orrery::media::table {
namespace {

constexpr std::size_t kBlock = 1u << 20;
constexpr std::size_t kMostBlock = 64u << 20;
constexpr std::size_t kSample = 256u << 10;

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

/// The rows of values in the first block, behind mark, skipped lines, header and units; `line`
/// becomes that of the first of them.
std::string_view behindHeader(std::string_view text, const Layout& layout, std::int64_t& line) {
  const std::string_view rest = afterSkipped(text, layout.skipRows);
  line = layout.skipRows;
  RowReader reader(rest, layout.syntax);
  std::vector<std::string_view> cells;
  const std::int64_t rows = (layout.header ? 1 : 0) + layout.skipAfterHeader;
  for (std::int64_t i = 0; i < rows; ++i) reader.next(cells);
  const std::string_view head = rest.substr(0, reader.offset());
  line += std::count(head.begin(), head.end(), '\n');
  return rest.substr(reader.offset());
}

BlockValues readRaw(const std::string& raw, bool first, const Layout& layout,
                    const std::vector<std::size_t>& columns, std::int64_t line) {
  const std::string_view bytes = std::string_view(raw).substr(first ? markLength(raw) : 0);
  std::string converted;
  std::string_view text = bytes;
  if (layout.encoding != Encoding::kUtf8) text = converted = toUtf8(bytes, layout.encoding);
  if (!first) return readBlock(text, layout, columns, line);
  std::int64_t begin = 0;
  const std::string_view rows = behindHeader(text, layout, begin);
  BlockValues values = readBlock(rows, layout, columns, begin);
  values.lines += begin;
  return values;
}

std::vector<std::size_t> numberColumns(const Layout& layout) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < layout.columns.size(); ++i)
    if (layout.columns[i].kind == Column::Kind::kNumber) result.push_back(i);
  return result;
}

}  // namespace

/// The one pass over a file that makes a Table.
class TableScan {
 public:
  TableScan(std::shared_ptr<const ByteSource> source, const ReadOptions& options)
      : table_(new Table) {
    table_->source_ = std::move(source);
    const std::string begin = table_->source_->read(0, kSample);
    table_->preview_ = findLayout(begin, begin.size() == table_->source_->size(), options);
    columns_ = numberColumns(table_->layout());
    if (columns_.empty())
      throw Error(ErrorKind::kInvalidInput, "has no column of numbers (cells are parted at {})",
                  table_->layout().toJson()["delimiter"].dump());
    table_->pyramids_.resize(table_->layout().columns.size());
  }

  std::shared_ptr<const Table> run(const JobContext& context) {
    const auto size = static_cast<double>(table_->source_->size());
    ProgressMeter meter("reading", "bytes", size, context.progress);
    Ordered ordered([this](BlockValues&& values) { take(std::move(values)); });
    std::uint64_t offset = 0;
    while (offset < table_->source_->size()) {
      context.cancel.throwIfCancelled();
      std::string raw = nextBlock(offset);
      if (raw.empty()) break;
      const std::uint64_t begin = offset;
      offset += raw.size();
      table_->blocks_.push_back({begin, raw.size()});
      ordered.push([this, raw = std::move(raw), begin] {
        try {
          return readRaw(raw, begin == 0, table_->layout(), columns_, 0);
        } catch (const Error&) {
          return BlockValues{.failed = true};
        }
      });
      meter.advanceTo(static_cast<double>(offset));
    }
    ordered.finish();
    meter.finish();
    return table_;
  }

 private:
  /// Whole rows from `offset` on; all that is left at the end of the file.
  std::string nextBlock(std::uint64_t offset) const {
    const Encoding encoding = table_->layout().encoding;
    for (std::size_t size = kBlock; size <= kMostBlock; size *= 2) {
      std::string raw = table_->source_->read(offset, size);
      if (raw.size() < size) return raw;
      const std::size_t end = endOfLastRow(raw, table_->layout().syntax, unitSize(encoding),
                                           encoding == Encoding::kUtf16Be ? 1 : 0);
      if (end == 0) continue;
      raw.resize(end);
      return raw;
    }
    throw Error(ErrorKind::kInvalidInput,
                "a row of more than {} MB begins at byte {}: is a quote left open?",
                kMostBlock >> 20, offset);
  }

  void take(BlockValues&& values) {
    Table::Block& block = table_->blocks_[merged_++];
    block.firstRow = table_->rows_;
    block.line = line_;
    if (values.failed)  // once more, now that the line that an Error names is known
      readRaw(table_->source_->read(block.offset, static_cast<std::size_t>(block.length)),
              block.offset == 0, table_->layout(), columns_, line_);
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

  std::shared_ptr<Table> table_;
  std::vector<std::size_t> columns_;
  std::size_t merged_ = 0;
  std::int64_t line_ = 0;
};

std::shared_ptr<const Table> Table::open(std::shared_ptr<const ByteSource> source,
                                         const ReadOptions& options, const JobContext& context) {
  return TableScan(std::move(source), options).run(context);
}

std::shared_ptr<const Table> Table::open(const std::filesystem::path& path,
                                         const ReadOptions& options, const JobContext& context) {
  auto source = ByteSource::file(path);
  return withContext(path.string(), [&] { return open(std::move(source), options, context); });
}

Preview Table::previewOf(const std::filesystem::path& path, const ReadOptions& options) {
  const auto source = ByteSource::file(path);
  return withContext(path.string(), [&] {
    const std::string begin = source->read(0, kSample);
    return findLayout(begin, begin.size() == source->size(), options);
  });
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
  auto block = std::upper_bound(blocks_.begin(), blocks_.end(), first,
                                [](std::int64_t row, const Block& b) { return row < b.firstRow; });
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
    ordered.push([this, &selection, block] {
      const std::string raw = source_->read(block->offset, static_cast<std::size_t>(block->length));
      return readRaw(raw, block->offset == 0, layout(), selection.columns, block->line);
    });
  }
  ordered.finish();
  return result;
}

}  // namespace orrery::media::table
