#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it first
#include <cstring>
#include <string>

#include <jpeglib.h>

#include "core/base/error.h"
#include "core/media/codecs/codec.h"
#include "core/media/codecs/colour.h"
#include "core/media/orientation.h"

namespace orrery::media::codecs {
namespace {

/// libjpeg with its errors turned into `failed()`. Each step runs between setjmp and its end, where
/// nothing with a destructor may live; an Error is thrown only after it.
class JpegReader {
 public:
  explicit JpegReader(Bytes bytes) {
    cinfo_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = [](j_common_ptr cinfo) {
      auto& errors = *reinterpret_cast<Errors*>(cinfo->err);
      cinfo->err->format_message(cinfo, errors.message);
      std::longjmp(errors.escape, 1);
    };
    // What libjpeg mends by itself is no error, and it shall not print.
    errors_.base.output_message = [](j_common_ptr) {};
    jpeg_create_decompress(&cinfo_);
    setSource(bytes);
  }
  ~JpegReader() { jpeg_destroy_decompress(&cinfo_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  /// Runs `step`, which must not own anything; throws what libjpeg said.
  template <class Step>
  void run(Step step) {
    if (setjmp(errors_.escape) == 0) {
      step(cinfo_);
      return;
    }
    if (source_.ended) throwCutShort();
    throwBroken(errors_.message);
  }

  const jpeg_decompress_struct& info() const { return cinfo_; }

 private:
  struct Errors {
    jpeg_error_mgr base;  // first, so that libjpeg's pointer to it is one to the whole
    std::jmp_buf escape;
    char message[JMSG_LENGTH_MAX] = {};
  };
  struct Source {
    jpeg_source_mgr base;
    bool ended = false;  ///< more was asked for than there is
  };

  void setSource(Bytes bytes) {
    source_.base.next_input_byte = bytes.data();
    source_.base.bytes_in_buffer = bytes.size();
    source_.base.init_source = [](j_decompress_ptr) {};
    source_.base.term_source = [](j_decompress_ptr) {};
    source_.base.resync_to_restart = jpeg_resync_to_restart;
    source_.base.fill_input_buffer = [](j_decompress_ptr cinfo) -> boolean {
      reinterpret_cast<Source*>(cinfo->src)->ended = true;
      cinfo->err->error_exit(reinterpret_cast<j_common_ptr>(cinfo));
      return FALSE;
    };
    source_.base.skip_input_data = [](j_decompress_ptr cinfo, long count) {
      if (count <= 0) return;
      if (static_cast<std::size_t>(count) > cinfo->src->bytes_in_buffer)
        cinfo->src->fill_input_buffer(cinfo);
      cinfo->src->next_input_byte += count;
      cinfo->src->bytes_in_buffer -= static_cast<std::size_t>(count);
    };
    cinfo_.src = &source_.base;
  }

  jpeg_decompress_struct cinfo_ = {};
  Errors errors_ = {};
  Source source_ = {};
};

/// The orientation of the EXIF or, failing that, XMP data among the saved markers.
int orientationOf(const jpeg_decompress_struct& cinfo) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  constexpr std::string_view kXmp("http://ns.adobe.com/xap/1.0/\0", 29);
  std::string exif, xmp;
  for (const auto* marker = cinfo.marker_list; marker; marker = marker->next) {
    const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (data.starts_with(kExif)) exif += exif.empty() ? data : data.substr(kExif.size());
    if (data.starts_with(kXmp)) xmp = data.substr(kXmp.size());
  }
  const int found =
      exifOrientation({reinterpret_cast<const std::uint8_t*>(exif.data()), exif.size()});
  return found != 0 ? found : xmpOrientation(xmp);
}

/// Reads the header and says in which colours the picture shall come.
Size begin(JpegReader& reader, std::uint64_t maxPixels) {
  reader.run([](jpeg_decompress_struct& cinfo) {
    jpeg_save_markers(&cinfo, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(&cinfo, TRUE);
  });
  const auto& info = reader.info();
  if (info.num_components != 1 && info.num_components != 3 && info.num_components != 4)
    throw Error(ErrorKind::kUnsupported, "has {} colour components; expected 1, 3 or 4",
                info.num_components);
  const Size size = checkedSize(info.image_width, info.image_height, maxPixels);
  reader.run([](jpeg_decompress_struct& cinfo) {
    cinfo.out_color_space = cinfo.num_components == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&cinfo);
  });
  return size;
}

/// Rows of four colours; JPEG files hold them inverted, as Adobe's programs write them.
void readCmykRows(JpegReader& reader, Image& image) {
  std::vector<std::uint8_t> row(static_cast<std::size_t>(image.width) * 4);
  for (int y = 0; y < image.height; ++y) {
    std::uint8_t* at = row.data();
    reader.run([&at](jpeg_decompress_struct& cinfo) { jpeg_read_scanlines(&cinfo, &at, 1); });
    for (std::uint8_t& value : row) value = 255 - value;
    std::uint8_t* out = image.row(y);
    for (int x = 0; x < image.width; ++x) putCmyk(out + 3 * x, row.data() + 4 * x);
  }
}

void readRgbRows(JpegReader& reader, Image& image) {
  std::uint8_t* const first = image.pixels.data();
  const std::size_t rowBytes = image.rowBytes();
  reader.run([=](jpeg_decompress_struct& cinfo) {
    while (cinfo.output_scanline < cinfo.output_height) {
      std::uint8_t* row = first + rowBytes * cinfo.output_scanline;
      jpeg_read_scanlines(&cinfo, &row, 1);
    }
  });
}

}  // namespace

Decoded decodeJpeg(Bytes bytes, std::uint64_t maxPixels) {
  JpegReader reader(bytes);
  Decoded decoded{.image = Image(begin(reader, maxPixels), 3)};
  decoded.orientation = orientationOf(reader.info());
  if (reader.info().num_components == 4)
    readCmykRows(reader, decoded.image);
  else
    readRgbRows(reader, decoded.image);
  return decoded;
}

}  // namespace orrery::media::codecs
