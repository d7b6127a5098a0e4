#include <algorithm>

#include "core/base/error.h"
#include "core/media/table/row_source.h"
#include "core/media/table/table.h"

namespace orrery::media::table {
namespace {

constexpr std::size_t kBlock = 1u << 20;
constexpr std::size_t kMostBlock = 64u << 20;
constexpr std::size_t kSample = 256u << 10;

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

/// Blocks are runs of bytes.
class TextRows : public RowSource {
 public:
  TextRows(std::shared_ptr<const ByteSource> source, const ReadOptions& options)
      : source_(std::move(source)) {
    const std::string begin = source_->read(0, kSample);
    preview_ = findLayout(begin, begin.size() == source_->size(), options);
    columns_ = numberColumns(preview_.layout);
  }

  const Preview& preview() const override { return preview_; }
  std::uint64_t size() const override { return source_->size(); }
  std::uint64_t done() const override { return at_; }

  std::optional<Found> next() override {
    if (at_ >= source_->size()) return std::nullopt;
    std::string raw = rowsFrom(at_);
    if (raw.empty()) return std::nullopt;
    const RowBlock block{at_, raw.size()};
    at_ += raw.size();
    return Found{block, [this, raw = std::move(raw), first = block.offset == 0] {
                   try {
                     return readRaw(raw, first, preview_.layout, columns_, 0);
                   } catch (const Error&) {
                     return BlockValues{.failed = true};
                   }
                 }};
  }

  BlockValues read(const RowBlock& block, const std::vector<std::size_t>& columns) const override {
    const std::string raw = source_->read(block.offset, static_cast<std::size_t>(block.length));
    return readRaw(raw, block.offset == 0, preview_.layout, columns, block.line);
  }

 private:
  /// Whole rows from `offset` on; all that is left at the end of the file.
  std::string rowsFrom(std::uint64_t offset) const {
    const Layout& layout = preview_.layout;
    for (std::size_t size = kBlock; size <= kMostBlock; size *= 2) {
      std::string raw = source_->read(offset, size);
      if (raw.size() < size) return raw;
      const std::size_t end = endOfLastRow(raw, layout.syntax, unitSize(layout.encoding),
                                           layout.encoding == Encoding::kUtf16Be ? 1 : 0);
      if (end == 0) continue;
      raw.resize(end);
      return raw;
    }
    throw Error(ErrorKind::kInvalidInput,
                "a row of more than {} MB begins at byte {}: is a quote left open?",
                kMostBlock >> 20, offset);
  }

  std::shared_ptr<const ByteSource> source_;
  Preview preview_;
  std::vector<std::size_t> columns_;
  std::uint64_t at_ = 0;
};

}  // namespace

std::vector<std::size_t> numberColumns(const Layout& layout) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < layout.columns.size(); ++i)
    if (layout.columns[i].kind == Column::Kind::kNumber) result.push_back(i);
  return result;
}

std::unique_ptr<RowSource> textRows(std::shared_ptr<const ByteSource> source,
                                    const ReadOptions& options) {
  return std::make_unique<TextRows>(std::move(source), options);
}

}  // namespace orrery::media::table
