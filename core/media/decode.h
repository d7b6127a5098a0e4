#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "core/media/image.h"

namespace orrery::media {

enum class ImageFormat { kJpeg, kPng, kWebp, kBmp, kTiff, kGif };

/// "JPEG", "PNG", …
std::string_view imageFormatName(ImageFormat format);

/// The format that the first bytes of a file tell of; nothing if it is none of those above. A
/// file's name says nothing.
std::optional<ImageFormat> imageFormat(std::span<const std::byte> bytes);

/// A picture of more pixels is refused before memory is taken for it. (Pillow refuses the same.)
inline constexpr std::uint64_t kMaxPixels = 178'956'970;

/// The picture of an image file, the first one where there are several, upright (as its EXIF or XMP
/// orientation says) and in RGB: the bytes of Pillow's
/// `ImageOps.exif_transpose(image).convert("RGB")`. Alpha is dropped, colours are taken as sRGB,
/// grey values of 16 bits and more are cut at 255.
///
/// Throws an Error if this is no image, is broken, cut short, above `maxPixels`, or of a kind that
/// is not read.
Image decodeImage(std::span<const std::byte> bytes, std::uint64_t maxPixels = kMaxPixels);

/// The same from a file, which errors name.
Image readImage(const std::filesystem::path& path, std::uint64_t maxPixels = kMaxPixels);

}  // namespace orrery::media
