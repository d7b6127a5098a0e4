#pragma once

#include <QTest>
#include <filesystem>
#include <string>

#include "core/checkpoint/safetensors.h"
#include "core/media/image.h"

namespace orrery::test {

inline std::filesystem::path mediaFolder() {
  return std::filesystem::path(qEnvironmentVariable("ORRERY_ORACLE_DIR").toStdString()) / "media";
}

/// Where `image` differs from a tensor [height, width, channels] of bytes; empty if nowhere.
inline std::string difference(const media::Image& image, const checkpoint::TensorView& expected) {
  const std::vector<std::int64_t> shape{image.height, image.width, image.channels};
  if (std::vector<std::int64_t>(expected.shape.begin(), expected.shape.end()) != shape)
    return fmt::format("{} x {} x {} pixels", image.height, image.width, image.channels);
  const auto* wanted = reinterpret_cast<const std::uint8_t*>(expected.data.data());
  std::size_t count = 0, first = 0;
  int largest = 0;
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    if (image.pixels[i] == wanted[i]) continue;
    if (count++ == 0) first = i;
    largest = std::max(largest, std::abs(image.pixels[i] - wanted[i]));
  }
  if (count == 0) return {};
  return fmt::format("{} of {} samples differ by up to {}; sample {} is {}, expected {}", count,
                     image.pixels.size(), largest, first, image.pixels[first], wanted[first]);
}

}  // namespace orrery::test
