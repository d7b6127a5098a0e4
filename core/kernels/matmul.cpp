#include "core/kernels/matmul.h"

#include <algorithm>
#include <new>
#include <vector>

#include "core/base/error.h"
#include "core/base/thread_pool.h"
#include "core/kernels/formats.h"
#include "core/kernels/matmul_tile.h"
#include "core/kernels/scratch.h"

namespace orrery::kernels {
namespace {

using checkpoint::DType;

/// Columns that a panel holds at once, a multiple of every block: it stays in the second-level
/// cache.
constexpr std::int64_t kPanelColumns = 2048;

/// Rows of x as tiles, one after another.
class Tiles {
 public:
  explicit Tiles(const MatvecInput& input) : input_(input) {
    thread_local Scratch<std::uint32_t> memory;
    data_ = memory.take(count() * stride());
    ThreadPool::shared().parallelFor(count(), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t)
        kernels().matmul.packTile(input.x + t * kTileRows * input.columns, input.columns, rowsOf(t),
                                  input.columns, data_ + t * stride());
    });
  }

  std::int64_t count() const { return (input_.rows + kTileRows - 1) / kTileRows; }
  std::int64_t rowsOf(std::int64_t tile) const {
    return std::min(kTileRows, input_.rows - tile * kTileRows);
  }
  /// From a column on, an even one.
  const std::uint32_t* at(std::int64_t tile, std::int64_t column) const {
    return data_ + tile * stride() + column / 2 * kTileRows;
  }

 private:
  std::int64_t stride() const { return (input_.columns + 1) / 2 * kTileRows; }

  const MatvecInput& input_;
  std::uint32_t* data_;
};

/// Columns [column, column + columns) of some rows of a weight.
struct Part {
  const Matrix& weight;
  std::int64_t output, outputs;
  std::int64_t column, columns;
};

/// The part in bfloat16: where it lies, or in memory of this thread.
const std::uint16_t* inBf16(const Part& part, std::int64_t& stride) {
  const Matrix& weight = part.weight;
  const std::int64_t rowBytes = matrixRowBytes(weight.dtype, weight.columns);
  const auto* from = static_cast<const std::byte*>(weight.data) + part.output * rowBytes +
                     matrixRowBytes(weight.dtype, part.column);
  if (weight.dtype == DType::kBF16) {
    stride = weight.columns;
    return reinterpret_cast<const std::uint16_t*>(from);
  }
  thread_local Scratch<std::uint16_t> rounded;
  std::uint16_t* to = rounded.take(kPanelOutputs * kPanelColumns);
  for (std::int64_t o = 0; o < part.outputs; ++o)
    toBf16(weight.dtype, from + o * rowBytes, part.columns, to + o * kPanelColumns);
  stride = kPanelColumns;
  return to;
}

/// Asks for the rows that the thread will probably multiply next, a share for each tile: while the
/// processor multiplies it reads hardly anything.
class NextRows {
 public:
  NextRows(const Matrix& weight, std::int64_t output, std::int64_t shares) {
    const std::int64_t rowBytes = matrixRowBytes(weight.dtype, weight.columns);
    const std::int64_t first = output + kPanelOutputs * ThreadPool::shared().threads();
    const std::int64_t rows = std::clamp<std::int64_t>(weight.rows - first, 0, kPanelOutputs);
    at_ = static_cast<const char*>(weight.data) + first * rowBytes;
    left_ = rows * rowBytes;
    share_ = (left_ / shares + 64) / 64 * 64;
  }
  void prefetchShare() {
    for (std::int64_t i = 0; i < std::min(share_, left_); i += 64)
      __builtin_prefetch(at_ + i, 0, 2);
    at_ += share_;
    left_ -= share_;
  }

 private:
  const char* at_;
  std::int64_t left_, share_;
};

/// Outputs of one panel for tiles [firstTile, lastTile).
void multiplyPanel(const Tiles& tiles, const MatvecJob& job, std::int64_t output,
                   std::int64_t firstTile, std::int64_t lastTile) {
  thread_local Scratch<std::uint32_t> memory;
  const Matrix& weight = job.weight;
  std::uint32_t* panel = memory.take(kPanelOutputs * kPanelColumns / 2);
  const std::int64_t outputs = std::min(kPanelOutputs, weight.rows - output);
  NextRows next(weight, output, lastTile - firstTile);
  for (std::int64_t column = 0; column < weight.columns; column += kPanelColumns) {
    const std::int64_t columns = std::min(kPanelColumns, weight.columns - column);
    std::int64_t stride = 0;
    const std::uint16_t* rows = inBf16({weight, output, outputs, column, columns}, stride);
    kernels().matmul.packPanel(rows, stride, outputs, columns, panel);
    for (std::int64_t t = firstTile; t < lastTile; ++t) {
      next.prefetchShare();
      kernels().matmul.multiply({panel, tiles.at(t, column), (columns + 1) / 2, tiles.rowsOf(t),
                                 outputs, job.y + t * kTileRows * weight.rows + output, weight.rows,
                                 job.bias ? job.bias + output : nullptr, column > 0});
    }
  }
}

std::int64_t panelsOf(const MatvecJob& job) {
  return (job.weight.rows + kPanelOutputs - 1) / kPanelOutputs;
}

}  // namespace

bool canMultiplyMany(DType dtype) {
  return kernels().matmul.multiply && (dtype == DType::kBF16 || blockColumns(dtype) > 1);
}

void matmulMany(const MatvecInput& input, std::span<const MatvecJob> jobs) {
  std::int64_t panels = 0;
  for (const MatvecJob& job : jobs) {
    checkProduct(input, job);
    if (!canMultiplyMany(job.weight.dtype))
      throw Error(ErrorKind::kUnsupported,
                  "there is no kernel that multiplies many rows by type {}",
                  static_cast<int>(job.weight.dtype));
    panels += panelsOf(job);
  }
  if (input.rows <= 0 || panels == 0) return;
  const Tiles tiles(input);
  // A panel is packed once for each share of the rows: they are cut only if panels are too few.
  const std::int64_t wanted = 4 * ThreadPool::shared().threads();
  const std::int64_t most =
      std::clamp<std::int64_t>((wanted + panels - 1) / panels, 1, tiles.count());
  const std::int64_t perShare = (tiles.count() + most - 1) / most;
  const std::int64_t shares = (tiles.count() + perShare - 1) / perShare;  // none of them empty
  ThreadPool::shared().parallelFor(panels * shares, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::int64_t panel = i / shares;
      const std::int64_t first = i % shares * perShare;
      const MatvecJob* job = jobs.data();
      for (; panel >= panelsOf(*job); ++job) panel -= panelsOf(*job);
      multiplyPanel(tiles, *job, panel * kPanelOutputs, first,
                    std::min(first + perShare, tiles.count()));
    }
  });
}

}  // namespace orrery::kernels
