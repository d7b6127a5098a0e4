#include "core/media/decode.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/media/codecs/codec.h"
#include "core/media/orientation.h"

namespace orrery::media {
namespace {

struct Codec {
  ImageFormat format;
  std::string_view name;
  Decoded (*decode)(codecs::Bytes, std::uint64_t maxPixels);
};

constexpr std::array kCodecs{
    Codec{ImageFormat::kJpeg, "JPEG", codecs::decodeJpeg},
    Codec{ImageFormat::kPng, "PNG", codecs::decodePng},
    Codec{ImageFormat::kWebp, "WebP", codecs::decodeWebp},
    Codec{ImageFormat::kBmp, "BMP", codecs::decodeBmp},
    Codec{ImageFormat::kTiff, "TIFF", codecs::decodeTiff},
    Codec{ImageFormat::kGif, "GIF", codecs::decodeGif},
};

/// First bytes of a file; a '?' stands for any byte.
struct Signature {
  std::string_view bytes;
  ImageFormat format;
};

using namespace std::string_view_literals;
constexpr std::array kSignatures{
    Signature{"\xff\xd8\xff"sv, ImageFormat::kJpeg},
    Signature{"\x89PNG\r\n\x1a\n"sv, ImageFormat::kPng},
    Signature{"RIFF????WEBPVP8"sv, ImageFormat::kWebp},
    Signature{"BM"sv, ImageFormat::kBmp},
    Signature{"II*\0"sv, ImageFormat::kTiff},
    Signature{"MM\0*"sv, ImageFormat::kTiff},
    Signature{"II+\0"sv, ImageFormat::kTiff},
    Signature{"MM\0+"sv, ImageFormat::kTiff},
    Signature{"GIF87a"sv, ImageFormat::kGif},
    Signature{"GIF89a"sv, ImageFormat::kGif},
};

bool matches(std::string_view signature, std::span<const std::byte> bytes) {
  return bytes.size() >= signature.size() &&
         std::equal(signature.begin(), signature.end(), bytes.begin(),
                    [](char wanted, std::byte b) {
                      return wanted == '?' || static_cast<std::byte>(wanted) == b;
                    });
}

const Codec& codecOf(std::span<const std::byte> bytes) {
  if (bytes.empty()) throw Error(ErrorKind::kInvalidInput, "is empty; expected an image");
  const auto format = imageFormat(bytes);
  if (!format)
    throw Error(ErrorKind::kInvalidInput,
                "is no image that can be read: expected JPEG, PNG, WebP, BMP, TIFF or GIF");
  return *std::ranges::find(kCodecs, *format, &Codec::format);
}

}  // namespace

std::string_view imageFormatName(ImageFormat format) {
  return std::ranges::find(kCodecs, format, &Codec::format)->name;
}

std::optional<ImageFormat> imageFormat(std::span<const std::byte> bytes) {
  for (const Signature& signature : kSignatures)
    if (matches(signature.bytes, bytes)) return signature.format;
  return std::nullopt;
}

Image decodeImage(std::span<const std::byte> bytes, std::uint64_t maxPixels) {
  const Codec& codec = codecOf(bytes);
  const codecs::Bytes data(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  Decoded decoded = withContext(codec.name, [&] { return codec.decode(data, maxPixels); });
  return upright(std::move(decoded.image), decoded.orientation);
}

Image readImage(const std::filesystem::path& path, std::uint64_t maxPixels) {
  const auto file = MappedFile::open(path);
  return withContext(path.string(), [&] { return decodeImage(file->bytes(), maxPixels); });
}

}  // namespace orrery::media
