// Writes a safetensors file with the installed library and reads it again.
#include <array>
#include <cstdio>
#include <cstring>

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  using namespace orrery::checkpoint;
  const std::array<float, 6> numbers{0, 1, 2, 3, 4, 5};
  const TensorView view{DType::kF32, {2, 3}, std::as_bytes(std::span(numbers)), nullptr};
  writeSafetensors(argv[1], {{"numbers", view}});

  const auto file = SafetensorsFile::open(argv[1]);
  const auto read = file->find("numbers");
  if (!read || read->dtype != DType::kF32 || read->shape.size() != 2) return 1;
  float last = 0;
  std::memcpy(&last, read->data.data() + 5 * sizeof(float), sizeof last);
  std::printf("numbers %dx%d F32, last %g\n", static_cast<int>(read->shape[0]),
              static_cast<int>(read->shape[1]), last);
} catch (const orrery::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
