// How fast weights are multiplied, against what the memory gives: bench_kernels
// [generic|avx2|avx512]
//
// Each weight size is laid out many times over, more than the caches hold, and gone through in
// turn, as decoding does. The share compares with the best of several plain reads of the same
// amount.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/base/thread_pool.h"
#include "core/kernels/isa.h"
#include "core/kernels/matvec.h"

using namespace orrery::kernels;
using orrery::ThreadPool;
using orrery::checkpoint::DType;

namespace {

constexpr std::size_t kBytes = std::size_t{192} << 20;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class Work>
double bestOf(int times, const Work& work) {
  double best = 1e9;
  for (int i = 0; i < times; ++i) {
    const double start = seconds();
    work();
    best = std::min(best, seconds() - start);
  }
  return best;
}

double readBandwidth(const std::vector<std::uint64_t>& memory) {
  std::atomic<std::uint64_t> sink{0};
  const double time = bestOf(7, [&] {
    ThreadPool::shared().parallelFor(
        static_cast<std::int64_t>(memory.size()), 32768, [&](std::int64_t begin, std::int64_t end) {
          std::uint64_t sum[8] = {};
          for (std::int64_t i = begin; i + 8 <= end; i += 8)
            for (int k = 0; k < 8; ++k) sum[k] ^= memory[static_cast<std::size_t>(i + k)];
          sink += sum[0] ^ sum[1] ^ sum[2] ^ sum[3] ^ sum[4] ^ sum[5] ^ sum[6] ^ sum[7];
        });
  });
  return static_cast<double>(memory.size() * 8) / time;
}

struct Type {
  std::string_view name;
  DType dtype;
};

constexpr Type kTypes[] = {
    {"F32", DType::kF32},   {"BF16", DType::kBF16}, {"F16", DType::kF16},   {"Q8_0", DType::kQ8_0},
    {"Q4_0", DType::kQ4_0}, {"Q4_1", DType::kQ4_1}, {"Q4_K", DType::kQ4_K}, {"Q6_K", DType::kQ6_K},
};

// Out, in: SmolLM2-135M's, and some that types of 256 columns can have.
constexpr std::int64_t kSizes[][2] = {{576, 576},  {192, 576},   {1536, 576},
                                      {576, 1536}, {49152, 576}, {2048, 2048}};

void measure(const Type& type, std::int64_t out, std::int64_t in, double bandwidth,
             const std::vector<std::uint64_t>& memory) {
  if ((type.dtype == DType::kQ4_K || type.dtype == DType::kQ6_K) && in % 256 != 0) return;
  const auto bytes = static_cast<std::size_t>(matrixRowBytes(type.dtype, in) * out);
  const auto* start = reinterpret_cast<const std::byte*>(memory.data());
  const std::size_t copies = std::max<std::size_t>(1, kBytes / bytes);
  const std::vector<float> x(static_cast<std::size_t>(in), 0.5F);
  std::vector<float> y(static_cast<std::size_t>(out));
  const double time = bestOf(5, [&] {
    for (std::size_t i = 0; i < copies; ++i)
      matvec({x.data(), 1, in}, {{type.dtype, start + i * bytes, out, in}, nullptr, y.data()});
  });
  const double rate = static_cast<double>(bytes * copies) / time;
  fmt::print("{:5} {:6} x {:5}  {:6.2f} GB/s  {:3.0f} %  {:8.1f} us\n", type.name, out, in,
             rate * 1e-9, 100 * rate / bandwidth, time * 1e6 / static_cast<double>(copies));
}

}  // namespace

int main(int argc, char** argv) {
  for (const Isa isa : availableIsas())
    if (argc > 1 && isaName(isa) == argv[1]) useIsa(isa);
  std::vector<std::uint64_t> memory(kBytes / 8,
                                    0x3C003C003C003C00);  // ones as F16, small as others
  const double bandwidth = readBandwidth(memory);
  fmt::print("{}, {} threads, read {:.2f} GB/s\n", isaName(activeIsa()),
             ThreadPool::shared().threads(), bandwidth * 1e-9);
  for (const Type& type : kTypes)
    for (const auto& size : kSizes) measure(type, size[0], size[1], bandwidth, memory);
  return 0;
}
