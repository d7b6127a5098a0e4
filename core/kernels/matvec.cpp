#include "core/kernels/matvec.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

#include "core/base/error.h"
#include "core/base/thread_pool.h"
#include "core/kernels/formats.h"
#include "core/kernels/kernel_table.h"

namespace orrery::kernels {
namespace {

using checkpoint::DType;

DotFn dotFor(DType dtype) {
  const KernelTable& table = kernels();
  switch (dtype) {
    case DType::kF32:
      return table.floats.f32;
    case DType::kBF16:
      return table.floats.bf16;
    case DType::kF16:
      return table.floats.f16;
    case DType::kQ8_0:
      return table.packed.q8_0;
    case DType::kQ4_0:
      return table.packed.q4_0;
    case DType::kQ4_1:
      return table.packed.q4_1;
    case DType::kQ4_K:
      return table.packed.q4_K;
    default:
      return table.packed.q6_K;
  }
}

// Rows of x in 8 bits; the memory is kept from call to call.
class Packing {
 public:
  const PackedInput* of(const MatvecInput& input) {
    const std::int64_t padded = (input.columns + 63) / 64 * 64;
    const auto values = static_cast<std::size_t>(input.rows * padded);
    values_.assign(values, 0);
    scales_.assign(values / 4, 0);
    negSums_.assign(values / 4, 0);
    scaledSums_.assign(values / 4, 0);
    for (std::int64_t r = 0; r < input.rows; ++r) {
      const std::int64_t at = r * padded;
      kernels().packed.pack(input.x + r * input.columns, input.columns, values_.data() + at,
                            scales_.data() + at / 4, negSums_.data() + at / 4,
                            scaledSums_.data() + at / 4);
    }
    packed_ = {values_.data(), scales_.data(), negSums_.data(), scaledSums_.data(), padded};
    return &packed_;
  }

 private:
  std::vector<std::int8_t> values_;
  std::vector<float> scales_;
  std::vector<std::int32_t> negSums_;
  std::vector<float> scaledSums_;
  PackedInput packed_{};
};

// A job in the order of all outputs of the call.
struct Part {
  DotFn dot;
  UnpackFn unpack;  // if set, rows are dequantized and then multiplied by dot
  DotArgs args;
  std::int64_t begin;  // its first output
};

void multiplyExactly(const Part& part, std::int64_t from, std::int64_t to) {
  thread_local std::vector<float> row;
  row.resize(static_cast<std::size_t>(part.args.columns));
  for (std::int64_t o = from; o < to; ++o) {
    part.unpack(part.args.weight + o * part.args.rowBytes, part.args.columns, row.data());
    DotArgs one = part.args;
    one.weight = reinterpret_cast<const std::byte*>(row.data());
    one.rowBytes = 0;
    one.y += o;
    one.bias = part.args.bias ? part.args.bias + o : nullptr;
    part.dot(one, 0, 1);
  }
}

Part partOf(const MatvecInput& input, const MatvecJob& job, bool exactly,
            const PackedInput* packed) {
  const Matrix& weight = job.weight;
  return {exactly ? kernels().floats.f32 : dotFor(weight.dtype),
          exactly ? unpackFor(weight.dtype) : nullptr,
          {static_cast<const std::byte*>(weight.data), matrixRowBytes(weight.dtype, weight.columns),
           input.columns, input.x, packed, input.rows, job.y, weight.rows, job.bias},
          0};
}

/// Which weights came after which the last time: a model goes through its layers in one order, and
/// while threads wait for the next product its weights can be on their way.
class Successors {
 public:
  void note(std::span<const MatvecJob> jobs) {
    const void* key = jobs.front().weight.data;
    Weights& weights = known_[key];
    weights.count = 0;
    for (const MatvecJob& job : jobs.first(std::min(jobs.size(), weights.pieces.size())))
      weights.pieces[weights.count++] = {
          static_cast<const std::byte*>(job.weight.data),
          static_cast<std::size_t>(job.weight.rows *
                                   matrixRowBytes(job.weight.dtype, job.weight.columns))};
    if (last_) known_[last_].next = key;
    last_ = key;
    const auto next = known_.find(weights.next);
    if (next != known_.end())
      ThreadPool::shared().expect({next->second.pieces.data(), next->second.count});
    if (known_.size() > kMostKnown) *this = {};
  }

 private:
  static constexpr std::size_t kMostKnown = 1 << 14;
  struct Weights {
    std::array<std::span<const std::byte>, 4> pieces;
    std::size_t count = 0;
    const void* next = nullptr;
  };
  std::unordered_map<const void*, Weights> known_;
  const void* last_ = nullptr;
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
          if (from >= to) continue;
          if (part.unpack)
            multiplyExactly(part, from, to);
          else
            part.dot(part.args, from, to);
        }
      });
}

}  // namespace

void checkProduct(const MatvecInput& input, const MatvecJob& job) {
  const std::int64_t block = blockColumns(job.weight.dtype);
  if (block == 0)
    throw Error(ErrorKind::kUnsupported, "there is no kernel that multiplies weights of type {}",
                static_cast<int>(job.weight.dtype));
  if (job.weight.columns != input.columns)
    throw Error(ErrorKind::kInternal, "a weight of {} columns cannot multiply an input of {}",
                job.weight.columns, input.columns);
  if (input.columns % block != 0)
    throw Error(ErrorKind::kInvalidInput,
                "{} columns, expected a multiple of the type's block of {}", input.columns, block);
  if (job.weight.rows > 0 && (!job.weight.data || !job.y))
    throw Error(ErrorKind::kInternal, "a matrix product without {}", job.y ? "weights" : "output");
}

void matvecMany(const MatvecInput& input, std::span<const MatvecJob> jobs,
                const MatvecOptions& options) {
  for (const MatvecJob& job : jobs) checkProduct(input, job);
  if (input.rows <= 0) return;
  thread_local Packing packing;
  thread_local Successors successors;
  if (!jobs.empty()) successors.note(jobs);
  const PackedInput* packed = nullptr;
  while (!jobs.empty()) {
    Part parts[kMostParts];
    const std::size_t count = std::min(jobs.size(), kMostParts);
    std::int64_t outputs = 0;
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Matrix& weight = jobs[i].weight;
      const bool isPacked = blockColumns(weight.dtype) > 1;
      if (isPacked && !options.exact && !packed) packed = packing.of(input);
      parts[i] = partOf(input, jobs[i], isPacked && options.exact, packed);
      parts[i].begin = outputs;
      outputs += weight.rows;
      bytes += weight.rows * parts[i].args.rowBytes;
    }
    multiply({parts, count}, outputs, bytes);
    jobs = jobs.subspan(count);
  }
}

}  // namespace orrery::kernels
