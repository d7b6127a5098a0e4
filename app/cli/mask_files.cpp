#include "app/cli/mask_files.h"

#include <cctype>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/rle.h"
#include "core/media/encode.h"
#include "core/protocol/fields.h"

namespace orrery::cli {
namespace {

namespace fs = std::filesystem;

RleMask readMask(const OrderedJson& json) {
  const Json plain(json);
  RleMask mask;
  protocol::fromJson(JsonField(plain, "mask"), mask);
  return mask;
}

/// A label as part of a file's name, on every system.
std::string asFileName(const std::string& label) {
  std::string name;
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    name += byte >= 0x80 || std::isalnum(byte) ? c : '_';
  }
  return name;
}

void writeMask(OrderedJson& mask, const fs::path& file) {
  const RleMask rle = readMask(mask);
  media::Image image({rle.height(), rle.width()}, 1);
  image.pixels = rlePixels(rle);
  for (std::uint8_t& pixel : image.pixels) pixel = pixel ? 255 : 0;
  writeFileAtomically(file, media::encodePng(image));
  mask = file.string();
}

}  // namespace

void writeMaskFiles(OrderedJson& result, const fs::path& folder) {
  const bool generated = result.is_object() && result.contains("masks");
  OrderedJson& list = generated ? result["masks"] : result;
  if (!list.is_array() || (!generated && !list.empty() && !list[0].contains("mask")))
    throw Error(ErrorKind::kInvalidInput, "this task gives no masks").in("--masks");
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw Error(ErrorKind::kIo, "{}", failed.message()).in(folder.string());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string number = fmt::format("{:03}", i);
    if (generated)
      writeMask(list[i], folder / (number + ".png"));
    else
      writeMask(list[i]["mask"],
                folder / (number + "-" + asFileName(list[i]["label"].get<std::string>()) + ".png"));
  }
}

std::string maskText(const OrderedJson& mask) {
  if (mask.is_string()) return mask.get<std::string>();
  const RleMask rle = readMask(mask);
  const double pixels = static_cast<double>(rle.height()) * rle.width();
  return fmt::format("{} of {} x {} pixels ({:.1f} %)", rleArea(rle), rle.width(), rle.height(),
                     100 * static_cast<double>(rleArea(rle)) / std::max(pixels, 1.0));
}

}  // namespace orrery::cli
