// bench_media IMAGE [MODEL…]: how long an image file takes to decode, to be resized, and to become
// the tensors of models' processors.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "core/base/error.h"
#include "core/media/decode.h"
#include "core/media/resize.h"
#include "core/processors/image_processor.h"

using namespace orrery;

namespace {

/// The median of several runs, in milliseconds.
template <class Work>
double median(Work work) {
  constexpr int kRuns = 15;
  std::vector<double> times;
  for (int run = 0; run < kRuns; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    times.push_back(time.count());
  }
  std::ranges::sort(times);
  return times[kRuns / 2];
}

void measure(const std::string& path, std::span<char*> models) {
  const media::Image image = media::readImage(path);
  fmt::print("{} x {} pixels, milliseconds (median)\n", image.width, image.height);
  fmt::print("decode            {:8.2f}\n", median([&] { media::readImage(path); }));
  for (const char* name : {"bilinear", "bicubic", "lanczos"})
    for (const auto arithmetic : {media::Arithmetic::kPillow, media::Arithmetic::kTorch})
      fmt::print("{:9s} 224 {:6s}{:7.2f}\n", name,
                 arithmetic == media::Arithmetic::kPillow ? "pillow" : "torch", median([&] {
                   resize(image, {224, 224}, *media::filterFromName(name), arithmetic);
                 }));
  for (const char* model : models) {
    const auto processor = processors::ImageProcessor::load(model);
    fmt::print("{:18s}{:8.2f}\n", processor->type(),
               median([&] { processor->process(std::span(&image, 1)); }));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_media IMAGE [MODEL…]\n");
    return 2;
  }
  try {
    measure(argv[1], std::span(argv, argc).subspan(2));
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
