#include "core/media/resize_passes.h"

#include <algorithm>
#include <vector>

#include "core/base/thread_pool.h"

// The sums below are compiled for several instruction sets; the loader picks one. Sanitizers are
// not up when it does, so they get the plain one.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define ORRERY_FOR_EACH_CPU __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define ORRERY_FOR_EACH_CPU
#endif

namespace orrery::media {
namespace {

/// Samples that one call of a kernel sums: their sums stay in registers.
constexpr int kLanes = 64;

/// out[i] = sum over j of weights[j] * in[j * step + i], scaled back, for `count` samples.
/// `count` is at most kLanes.
inline __attribute__((always_inline)) void weigh(const std::uint8_t* in, std::size_t step,
                                                 const std::int32_t* weights, int taps,
                                                 int precision, int count, std::uint8_t* out) {
  std::int32_t sums[kLanes];
  for (int i = 0; i < count; ++i) sums[i] = 1 << (precision - 1);
  for (int j = 0; j < taps; ++j, in += step)
    for (int i = 0; i < count; ++i) sums[i] += weights[j] * in[i];
  for (int i = 0; i < count; ++i)
    out[i] = static_cast<std::uint8_t>(std::clamp(sums[i] >> precision, 0, 255));
}

/// One row of the result from the rows of the source below `in`.
ORRERY_FOR_EACH_CPU
void weighRow(const std::uint8_t* in, std::size_t rowBytes, const std::int32_t* weights, int taps,
              int precision, std::uint8_t* out) {
  std::size_t at = 0;
  for (; at + kLanes <= rowBytes; at += kLanes)
    weigh(in + at, rowBytes, weights, taps, precision, kLanes, out + at);
  if (at < rowBytes)
    weigh(in + at, rowBytes, weights, taps, precision, static_cast<int>(rowBytes - at), out + at);
}

/// Rows that are narrowed together: side by side, their samples make full vectors.
constexpr int kTogether = 16;

/// Swaps the two directions of `count` (at most kTogether) rows: sample x of row r comes to
/// out[x * kTogether + r].
ORRERY_FOR_EACH_CPU
void gather(const std::uint8_t* rows, std::size_t rowBytes, int count, std::uint8_t* out) {
  for (std::size_t x = 0; x < rowBytes; ++x, out += kTogether)
    for (int r = 0; r < count; ++r) out[r] = rows[r * rowBytes + x];
}

/// The other way round.
ORRERY_FOR_EACH_CPU
void scatter(const std::uint8_t* in, std::size_t rowBytes, int count, std::uint8_t* rows) {
  for (std::size_t x = 0; x < rowBytes; ++x, in += kTogether)
    for (int r = 0; r < count; ++r) rows[r * rowBytes + x] = in[r];
}

/// All columns of the result from gathered rows.
template <int Channels>
inline __attribute__((always_inline)) void weighAll(const std::uint8_t* in, const Weights& weights,
                                                    std::uint8_t* out) {
  constexpr int kPixel = Channels * kTogether;
  const std::int32_t* own = weights.weights.data();
  for (const Window& window : weights.windows) {
    weigh(in + static_cast<std::size_t>(window.first) * kPixel, kPixel, own, window.count,
          weights.precision, kPixel, out);
    own += weights.stride;
    out += kPixel;
  }
}

ORRERY_FOR_EACH_CPU
void weighColumns(const std::uint8_t* in, int channels, const Weights& weights, std::uint8_t* out) {
  if (channels == 3)
    weighAll<3>(in, weights, out);
  else
    weighAll<1>(in, weights, out);
}

}  // namespace

Image resizeColumns(const Image& image, const Weights& weights) {
  Image result({image.height, static_cast<int>(weights.windows.size())}, image.channels);
  const int groups = (image.height + kTogether - 1) / kTogether;
  ThreadPool::shared().parallelFor(groups, 1, [&](std::int64_t begin, std::int64_t end) {
    thread_local std::vector<std::uint8_t> in, out;
    in.resize(image.rowBytes() * kTogether);
    out.resize(result.rowBytes() * kTogether);
    for (int y = static_cast<int>(begin) * kTogether; y < end * kTogether && y < image.height;
         y += kTogether) {
      const int count = std::min(kTogether, image.height - y);
      gather(image.row(y), image.rowBytes(), count, in.data());
      weighColumns(in.data(), image.channels, weights, out.data());
      scatter(out.data(), result.rowBytes(), count, result.row(y));
    }
  });
  return result;
}

Image resizeRows(const Image& image, const Weights& weights) {
  Image result({static_cast<int>(weights.windows.size()), image.width}, image.channels);
  ThreadPool::shared().parallelFor(
      result.height, kTogether, [&](std::int64_t begin, std::int64_t end) {
        for (int y = static_cast<int>(begin); y < end; ++y) {
          const Window window = weights.windows[y];
          weighRow(image.row(window.first), image.rowBytes(),
                   weights.weights.data() + static_cast<std::size_t>(y) * weights.stride,
                   window.count, weights.precision, result.row(y));
        }
      });
  return result;
}

}  // namespace orrery::media
