#include "core/processors/settings.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace orrery::processors {
namespace {

/// The members of a file with a type's defaults behind them.
class Fields {
 public:
  Fields(const JsonField& file, const JsonField& defaults) : file_(file), defaults_(defaults) {}

  std::optional<JsonField> find(std::string_view key) const {
    if (auto found = file_.find(key)) return found;
    return defaults_.find(key);
  }
  std::optional<JsonField> inFile(std::string_view key) const { return file_.find(key); }
  /// Of a member that the type has.
  std::optional<JsonField> findOwn(std::string_view key) const {
    if (!defaults_.has(key)) return std::nullopt;
    return find(key);
  }
  bool flag(std::string_view key) const {
    const auto field = findOwn(key);
    return field && field->as<bool>();
  }
  double number(std::string_view key, double otherwise) const {
    const auto field = find(key);
    if (!field) return otherwise;
    const double value = field->as<double>();
    if (!(value > 0 && std::isfinite(value)))
      throw field->error(fmt::format("expected a positive number, found {}", value));
    return value;
  }

 private:
  const JsonField& file_;
  const JsonField& defaults_;
};

int pixels(const JsonField& field) {
  // Room for Qwen2VL, whose edges are areas.
  constexpr std::int64_t kMost = std::int64_t{1} << 30;
  const auto value = field.as<std::int64_t>();
  if (value <= 0 || value > kMost)
    throw field.error(fmt::format("expected 1 to {}, found {}", kMost, value));
  return static_cast<int>(value);
}

/// Small enough to be added to any edge.
int divisor(const JsonField& field) {
  constexpr int kMost = 1 << 16;
  const int value = pixels(field);
  if (value > kMost) throw field.error(fmt::format("expected 1 to {}, found {}", kMost, value));
  return value;
}

int count(const Fields& fields, std::string_view key, int otherwise) {
  const auto field = fields.findOwn(key);
  return field ? pixels(*field) : otherwise;
}

SizeSpec sizeFromObject(const JsonField& field) {
  constexpr std::pair<std::string_view, int SizeSpec::*> kMembers[] = {
      {"height", &SizeSpec::height},
      {"width", &SizeSpec::width},
      {"shortest_edge", &SizeSpec::shortestEdge},
      {"longest_edge", &SizeSpec::longestEdge},
      {"max_height", &SizeSpec::maxHeight},
      {"max_width", &SizeSpec::maxWidth},
  };
  SizeSpec size;
  for (const auto& [key, value] : field.json().items()) {
    const std::string& name = key;
    const auto member =
        std::ranges::find_if(kMembers, [&](const auto& m) { return m.first == name; });
    if (member == std::end(kMembers))
      throw field.error(fmt::format(
          "{} is no key of a size; expected height and width, shortest_edge and longest_edge, or "
          "max_height and max_width",
          quoted(key)));
    if (!value.is_null()) size.*member->second = pixels(field[key]);
  }
  const bool halfExact = (size.height > 0) != (size.width > 0);
  const bool halfLargest = (size.maxHeight > 0) != (size.maxWidth > 0);
  if (halfExact || halfLargest)
    throw field.error("expected both height and width, found one of them");
  return size;
}

SizeSpec readSize(const JsonField& field, SizeStyle style, std::optional<JsonField> maxSize) {
  if (field.json().is_object()) return sizeFromObject(field);
  SizeSpec size;
  if (field.json().is_array()) {
    const auto edges = field.elements();
    if (edges.size() != 2)
      throw field.error(fmt::format("expected height and width, found {} numbers", edges.size()));
    size.height = pixels(edges[0]);
    size.width = pixels(edges[1]);
  } else if (style == SizeStyle::kSquare || style == SizeStyle::kVitMatte) {
    size.height = size.width = pixels(field);
  } else {
    size.shortestEdge = pixels(field);
    constexpr int kDetrLongest = 1333;
    if (style == SizeStyle::kDetr) size.longestEdge = kDetrLongest;
    const bool takesMost = style == SizeStyle::kDetr || style == SizeStyle::kMaskFormer;
    if (takesMost && maxSize) size.longestEdge = pixels(*maxSize);
  }
  return size;
}

/// One number for all channels, or one for each.
std::array<double, 3> perChannel(const JsonField& field) {
  if (!field.json().is_array()) {
    const double value = field.as<double>();
    return {value, value, value};
  }
  const auto values = field.as<std::vector<double>>();
  if (values.size() != 3)
    throw field.error(fmt::format("expected 3 numbers, found {}", values.size()));
  return {values[0], values[1], values[2]};
}

media::Filter readFilter(const JsonField& field) {
  const auto number = field.as<std::int64_t>();
  const auto filter = media::filterFromNumber(number);
  if (!filter)
    throw field.error(fmt::format("expected one of Pillow's filters, 0 to 5, found {}", number));
  return *filter;
}

void readValues(const Fields& fields, Settings& settings) {
  settings.doRescale = fields.flag("do_rescale");
  settings.rescaleFactor = fields.number("rescale_factor", 1.0 / 255);
  settings.doNormalize = fields.flag("do_normalize");
  if (const auto field = fields.find("image_mean")) settings.imageMean = perChannel(*field);
  if (const auto field = fields.find("image_std")) {
    settings.imageStd = perChannel(*field);
    if (std::ranges::find(settings.imageStd, 0.0) != settings.imageStd.end())
      throw field->error("expected numbers other than 0");
  }
  settings.rescaleOffset = fields.flag("rescale_offset");
  settings.includeTop = fields.flag("include_top");
  settings.flipChannelOrder = fields.flag("do_flip_channel_order");
}

void readSizes(const Fields& fields, SizeStyle style, Settings& settings) {
  const auto square = fields.inFile("default_to_square");
  if (square && (style == SizeStyle::kSquare || style == SizeStyle::kShortestEdge))
    style = square->as<bool>() ? SizeStyle::kSquare : SizeStyle::kShortestEdge;
  settings.doResize = fields.flag("do_resize");
  if (const auto field = fields.find("resample")) settings.resample = readFilter(*field);
  if (const auto field = fields.find("size"))
    settings.size = readSize(*field, style, fields.inFile("max_size"));
  const auto maxSize = fields.inFile("max_size");
  if (style == SizeStyle::kMaskFormer && maxSize && !fields.inFile("size"))
    settings.size.longestEdge = pixels(*maxSize);
  if (style == SizeStyle::kPixels) {
    if (const auto least = fields.inFile("min_pixels")) settings.size.shortestEdge = pixels(*least);
    if (const auto most = fields.inFile("max_pixels")) settings.size.longestEdge = pixels(*most);
  }
  settings.doCenterCrop = fields.flag("do_center_crop");
  if (const auto field = fields.find("crop_size"))
    settings.cropSize = readSize(*field, SizeStyle::kSquare, {});
  if (const auto field = fields.find("pad_size"))
    settings.padSize = readSize(*field, SizeStyle::kSquare, {});
  if (const auto field = fields.find("size_divisor")) settings.sizeDivisor = divisor(*field);
  // The older of two names, which VitMatte alone still knows.
  const auto oldDivisor = fields.inFile("size_divisibility");
  if (style == SizeStyle::kVitMatte && oldDivisor && !fields.inFile("size_divisor"))
    settings.sizeDivisor = divisor(*oldDivisor);
  settings.cropPct = fields.number("crop_pct", 1);
  settings.ensureMultipleOf = count(fields, "ensure_multiple_of", 1);
  settings.keepAspectRatio = fields.flag("keep_aspect_ratio");
  if (settings.doCenterCrop && !settings.cropSize.isExact())
    throw fields.find("do_center_crop")->error("needs crop_size with height and width");
  if (settings.padSize && !settings.padSize->isExact())
    throw fields.find("pad_size")->error("expected height and width");
}

}  // namespace

Settings readSettings(const JsonField& file, const Json& defaults, SizeStyle sizeStyle,
                      Backend backend) {
  const JsonField behind(defaults, file.name());
  const Fields fields(file, behind);
  Settings settings{.backend = backend};
  readValues(fields, settings);
  readSizes(fields, sizeStyle, settings);
  // The older of two names.
  const auto oldPad = fields.inFile("pad_and_return_pixel_mask");
  const bool old = oldPad && !fields.inFile("do_pad") && sizeStyle == SizeStyle::kDetr;
  // Types that pad only where a file says so have no default for it.
  const auto pad = old ? oldPad : fields.find("do_pad");
  settings.doPad = pad && pad->as<bool>();
  settings.patchSize = count(fields, "patch_size", 0);
  settings.maxNumPatches = count(fields, "max_num_patches", 0);
  settings.temporalPatchSize = count(fields, "temporal_patch_size", 0);
  settings.mergeSize = count(fields, "merge_size", 0);
  settings.doImageSplitting = fields.flag("do_image_splitting");
  if (const auto field = fields.find("max_image_size"))
    settings.maxImageSize = readSize(*field, SizeStyle::kSquare, {});
  return settings;
}

}  // namespace orrery::processors
