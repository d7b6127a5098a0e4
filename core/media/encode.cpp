#include "core/media/encode.h"

#include <png.h>

#include "core/base/error.h"

namespace orrery::media {

std::string encodePng(const Image& image) {
  png_image head{};
  head.version = PNG_IMAGE_VERSION;
  head.width = static_cast<png_uint_32>(image.width);
  head.height = static_cast<png_uint_32>(image.height);
  head.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  const auto write = [&](void* to, png_alloc_size_t& size) {
    if (!png_image_write_to_memory(&head, to, &size, 0, image.pixels.data(), 0, nullptr))
      throw Error(ErrorKind::kInvalidInput, "{} by {} pixels make no PNG: {}", image.width,
                  image.height, head.message);
  };
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(head);
  std::string file(size, '\0');
  write(file.data(), size);
  file.resize(size);
  return file;
}

}  // namespace orrery::media
