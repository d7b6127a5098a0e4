// Any bytes as a table; the first one tells what is overridden.

#include "core/media/table/table.h"
#include "tests/fuzz/support.h"

using namespace orrery;
using namespace orrery::media::table;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  ReadOptions options;
  if (data[0] & 1) options.header = false;
  if (data[0] & 2) options.delimiter = ';';
  if (data[0] & 4) options.encoding = Encoding::kUtf16Le;
  if (data[0] & 8) options.skipRows = 1;
  if (data[0] & 16) options.timeColumns.emplace();
  const auto text = fuzz::textOf(data + 1, size - 1);
  fuzz::allowError([&] {
    const auto table = Table::open(ByteSource::memory(std::string(text)), options);
    Selection all;
    for (std::size_t i = 0; i < table->layout().columns.size(); ++i)
      if (table->layout().columns[i].kind == Column::Kind::kNumber) all.columns.push_back(i);
    const Values values = table->read(all);
    for (const auto& column : values.columns)
      if (static_cast<std::int64_t>(column.size()) != table->rows()) std::abort();
    for (const std::size_t column : all.columns)
      if (table->pyramid(column).size() != table->rows() ||
          table->pyramid(column).ranges(0, table->rows(), 7).size() > 7)
        std::abort();
    (void)table->preview().toJson().dump();
    (void)timeText(table->lastTime());
  });
  return 0;
}
