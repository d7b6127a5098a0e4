#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string>

#include "core/base/error.h"
#include "core/media/codecs/codec.h"
#include "core/media/codecs/colour.h"
#include "core/media/orientation.h"

namespace orrery::media::codecs {
namespace {

/// libpng with its errors turned into exceptions after each step: inside of a step nothing with a
/// destructor may live.
class PngReader {
 public:
  explicit PngReader(Bytes bytes) : bytes_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, onError,
                                  [](png_structp, png_const_charp) {});
    info_ = png_ ? png_create_info_struct(png_) : nullptr;
    if (!info_) throw Error(ErrorKind::kOutOfMemory, "no memory to read it");
    png_set_read_fn(png_, this, onRead);
    // Longer texts and profiles are not ours to unpack.
    png_set_chunk_malloc_max(png_, 4u << 20);
    png_set_user_limits(png_, 0x7fffffff, 0x7fffffff);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// Runs `step`; whether it came to its end.
  template <class Step>
  bool attempt(Step step) {
    if (setjmp(escape_) != 0) return false;
    step(png_, info_);
    return true;
  }
  template <class Step>
  void run(Step step) {
    if (attempt(step)) return;
    if (ended_) throwCutShort();
    throwBroken(message_);
  }

  png_structp png() const { return png_; }
  png_infop info() const { return info_; }

 private:
  static void onError(png_structp png, png_const_charp message) {
    auto& self = *static_cast<PngReader*>(png_get_error_ptr(png));
    std::strncpy(self.message_, message, sizeof self.message_ - 1);
    std::longjmp(self.escape_, 1);
  }
  static void onRead(png_structp png, png_bytep out, std::size_t count) {
    auto& self = *static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > self.bytes_.size() - self.at_) {
      self.ended_ = true;
      png_error(png, "file ends");
    }
    std::memcpy(out, self.bytes_.data() + self.at_, count);
    self.at_ += count;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  bool ended_ = false;
  char message_[160] = {};
  std::jmp_buf escape_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

/// EXIF data as ImageMagick keeps it in a text: three lines, then hexadecimal digits.
std::string fromHexLines(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    const std::size_t end = text.find('\n');
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string bytes;
  int high = -1;
  for (const char c : text) {
    const int value = digit(c);
    if (value < 0) continue;
    if (high >= 0) bytes.push_back(static_cast<char>(high << 4 | value));
    high = high >= 0 ? -1 : value;
  }
  return bytes;
}

int orientationOf(const PngReader& reader) {
  const auto asBytes = [](const std::string& text) {
    return Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  png_bytep exif = nullptr;
  png_uint_32 length = 0;
  int found = 0;
  const bool hasExif = png_get_eXIf_1(reader.png(), reader.info(), &length, &exif) != 0;
  if (hasExif) found = exifOrientation({exif, length});
  png_textp texts = nullptr;
  int count = 0;
  png_get_text(reader.png(), reader.info(), &texts, &count);
  for (int pass = 0; pass < 2 && found == 0; ++pass) {
    for (int i = 0; i < count && found == 0; ++i) {
      const std::string_view key = texts[i].key;
      const std::size_t size = std::max(texts[i].text_length, texts[i].itxt_length);
      const std::string_view text(texts[i].text, size);
      if (pass == 0 && !hasExif && key == "Raw profile type exif")
        found = exifOrientation(asBytes(fromHexLines(text)));
      if (pass == 1 && key == "XML:com.adobe.xmp") found = xmpOrientation(text);
    }
  }
  return found;
}

Palette paletteOf(const PngReader& reader) {
  Palette palette;
  png_colorp colours = nullptr;
  int count = 0;
  if (png_get_PLTE(reader.png(), reader.info(), &colours, &count) == 0)
    throw Error(ErrorKind::kInvalidInput, "has no palette, which its colours refer to");
  for (int i = 0; i < std::min(count, 256); ++i)
    palette.colours[i] = {colours[i].red, colours[i].green, colours[i].blue};
  return palette;
}

/// What one pixel of a row becomes.
struct Layout {
  int channels;     ///< samples that libpng gives for a pixel
  int sampleBytes;  ///< 1 or 2
  bool grey, palette;
};

Layout begin(PngReader& reader) {
  const int colour = png_get_color_type(reader.png(), reader.info());
  const int bits = png_get_bit_depth(reader.png(), reader.info());
  const bool wideGrey = colour == PNG_COLOR_TYPE_GRAY && bits == 16;
  reader.run([=](png_structp png, png_infop info) {
    if (colour == PNG_COLOR_TYPE_PALETTE) png_set_packing(png);
    if (colour == PNG_COLOR_TYPE_GRAY && bits < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (bits == 16 && !wideGrey) png_set_strip_16(png);
    if (colour & PNG_COLOR_MASK_ALPHA) png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
  });
  return {png_get_channels(reader.png(), reader.info()), wideGrey ? 2 : 1,
          (colour & PNG_COLOR_MASK_COLOR) == 0, colour == PNG_COLOR_TYPE_PALETTE};
}

void convertRow(const std::uint8_t* in, std::uint8_t* out, int width, const Layout& layout,
                const Palette& palette) {
  for (int x = 0; x < width; ++x, out += 3, in += layout.channels * layout.sampleBytes) {
    if (layout.palette)
      std::ranges::copy(palette[*in], out);
    else if (layout.sampleBytes == 2)
      putGrey(out, in[0] != 0 ? 255 : in[1]);
    else if (layout.grey)
      putGrey(out, *in);
    else
      std::copy_n(in, 3, out);
  }
}

/// An interlaced picture has to be held as stored; the other kind goes row by row.
void readRows(PngReader& reader, const Layout& layout, const Palette& palette, Image& image) {
  const std::size_t rowBytes = png_get_rowbytes(reader.png(), reader.info());
  const bool interlaced = png_get_interlace_type(reader.png(), reader.info()) != PNG_INTERLACE_NONE;
  std::vector<std::uint8_t> stored(rowBytes * (interlaced ? image.height : 1));
  const int passes = interlaced ? 7 : 1, height = image.height;
  const auto rowAt = [&](int y) { return stored.data() + (interlaced ? rowBytes * y : 0); };
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < height; ++y) {
      std::uint8_t* row = rowAt(y);
      reader.run([row](png_structp png, png_infop) { png_read_row(png, row, nullptr); });
      if (pass == passes - 1) convertRow(row, image.row(y), image.width, layout, palette);
    }
  }
}

/// The file up to the first chunk, other than one of the picture's, that claims more than there is:
/// libpng takes memory for the whole of a text, whether it is there or not. Before the picture that
/// is an error.
Bytes wholeChunks(Bytes bytes) {
  constexpr std::size_t kSignature = 8, kHead = 8, kSum = 4;
  bool inPicture = false;
  std::size_t at = kSignature;
  while (at + kHead <= bytes.size()) {
    const png_uint_32 length = png_get_uint_32(&bytes[at]);
    const bool picture = std::memcmp(&bytes[at + 4], "IDAT", 4) == 0;
    if (length > bytes.size() - at - kHead) {
      if (picture) return bytes;
      if (!inPicture) throwCutShort();
      return bytes.first(at);
    }
    inPicture = inPicture || picture;
    at += kHead + length + kSum;
  }
  return bytes;
}

}  // namespace

Decoded decodePng(Bytes bytes, std::uint64_t maxPixels) {
  PngReader reader(wholeChunks(bytes));
  reader.run([](png_structp png, png_infop info) { png_read_info(png, info); });
  Decoded decoded{
      .image = Image(checkedSize(png_get_image_width(reader.png(), reader.info()),
                                 png_get_image_height(reader.png(), reader.info()), maxPixels),
                     3)};
  const Layout layout = begin(reader);
  readRows(reader, layout, layout.palette ? paletteOf(reader) : Palette(), decoded.image);
  // What follows the picture may tell its orientation; that it is broken does no harm.
  reader.attempt([](png_structp png, png_infop info) { png_read_end(png, info); });
  decoded.orientation = orientationOf(reader);
  return decoded;
}

}  // namespace orrery::media::codecs
