#include "core/kernels/matvec.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/kernels/kernel_table.h"
#include "core/kernels/thread_pool.h"

namespace orrery::kernels {
namespace {

using checkpoint::DType;

struct Layout {
  DType dtype;
  std::int64_t elements;  // of a block
  std::int64_t bytes;
};

constexpr Layout kLayouts[] = {
    {DType::kF32, 1, 4},
    {DType::kBF16, 1, 2},
    {DType::kF16, 1, 2},
};

const Layout* layoutOf(DType dtype) {
  const auto* found = std::ranges::find(kLayouts, dtype, &Layout::dtype);
  return found == std::end(kLayouts) ? nullptr : found;
}

DotFn dotFor(DType dtype) {
  const KernelTable& table = kernels();
  switch (dtype) {
    case DType::kF32:
      return table.floats.f32;
    case DType::kBF16:
      return table.floats.bf16;
    default:
      return table.floats.f16;
  }
}

void check(const MatvecInput& input, const MatvecJob& job) {
  const Layout* layout = layoutOf(job.weight.dtype);
  if (!layout)
    throw Error(ErrorKind::kUnsupported, "there is no kernel that multiplies weights of type {}",
                static_cast<int>(job.weight.dtype));
  if (job.weight.columns != input.columns)
    throw Error(ErrorKind::kInternal, "a weight of {} columns cannot multiply an input of {}",
                job.weight.columns, input.columns);
  if (input.columns % layout->elements != 0)
    throw Error(ErrorKind::kInvalidInput,
                "{} columns, expected a multiple of the type's block of {}", input.columns,
                layout->elements);
  if (job.weight.rows > 0 && (!job.weight.data || !job.y))
    throw Error(ErrorKind::kInternal, "a matrix product without {}", job.y ? "weights" : "output");
}

// A job in the order of all outputs of the call.
struct Part {
  DotFn dot;
  DotArgs args;
  std::int64_t begin;  // its first output
};

constexpr std::size_t kMostParts = 16;
constexpr std::int64_t kBytesPerChunk = 64 << 10;

std::int64_t chunkOutputs(std::int64_t outputs, std::int64_t bytes) {
  const std::int64_t threads = ThreadPool::shared().threads();
  const std::int64_t bytesPerOutput =
      std::max<std::int64_t>(1, bytes / std::max<std::int64_t>(1, outputs));
  const std::int64_t fair = (outputs + 2 * threads - 1) / (2 * threads);
  const std::int64_t wanted =
      std::min(fair, std::max<std::int64_t>(4, kBytesPerChunk / bytesPerOutput));
  return (wanted + 3) / 4 * 4;
}

void multiply(std::span<const Part> parts, std::int64_t outputs, std::int64_t bytes) {
  ThreadPool::shared().parallelFor(
      outputs, chunkOutputs(outputs, bytes), [&](std::int64_t begin, std::int64_t end) {
        for (const Part& part : parts) {
          const std::int64_t from = std::max<std::int64_t>(begin - part.begin, 0);
          const std::int64_t to = std::min(end - part.begin, part.args.yStride);
          if (from < to) part.dot(part.args, from, to);
        }
      });
}

}  // namespace

bool canMultiply(DType dtype) {
  return layoutOf(dtype) != nullptr;
}

std::int64_t matrixRowBytes(DType dtype, std::int64_t columns) {
  const Layout* layout = layoutOf(dtype);
  return layout ? columns / layout->elements * layout->bytes : 0;
}

void matvecMany(const MatvecInput& input, std::span<const MatvecJob> jobs,
                const MatvecOptions& options) {
  static_cast<void>(options);
  for (const MatvecJob& job : jobs) check(input, job);
  if (input.rows <= 0) return;
  while (!jobs.empty()) {
    Part parts[kMostParts];
    const std::size_t count = std::min(jobs.size(), kMostParts);
    std::int64_t outputs = 0;
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Matrix& weight = jobs[i].weight;
      const std::int64_t rowBytes = matrixRowBytes(weight.dtype, weight.columns);
      parts[i] = {dotFor(weight.dtype),
                  {static_cast<const std::byte*>(weight.data), rowBytes, input.columns, input.x,
                   nullptr, input.rows, jobs[i].y, weight.rows, jobs[i].bias},
                  outputs};
      outputs += weight.rows;
      bytes += weight.rows * rowBytes;
    }
    multiply({parts, count}, outputs, bytes);
    jobs = jobs.subspan(count);
  }
}

}  // namespace orrery::kernels
