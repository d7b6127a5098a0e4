#include "core/nn/convolution_padding.h"

#include <algorithm>

#include "core/base/error.h"

namespace orrery::nn {
namespace {

/// Zeros before and after one side of a picture.
struct Border {
  std::int64_t before, after;
};

Border borderOf(const ConvolutionOptions& o, std::size_t side, std::int64_t size) {
  if (!o.tensorflowPadding) return {o.padding[side], o.padding[side] + o.endPadding[side]};
  const std::int64_t rest = size % o.stride[side] == 0 ? o.stride[side] : size % o.stride[side];
  const std::int64_t total =
      std::max<std::int64_t>((o.kernel[side] - 1) * o.dilation[side] + 1 - rest, 0);
  return {total / 2, total - total / 2};
}

}  // namespace

PaddedPicture padPicture(const at::Tensor& x, const ConvolutionOptions& o) {
  const Border rows = borderOf(o, 0, x.size(-2)), columns = borderOf(o, 1, x.size(-1));
  const auto fits = [&](const Border& border, std::size_t side, std::int64_t size) {
    return size + border.before + border.after > (o.kernel[side] - 1) * o.dilation[side];
  };
  if (!fits(rows, 0, x.size(-2)) || !fits(columns, 1, x.size(-1)))
    throw Error(
        ErrorKind::kInvalidInput,
        "a picture or map of {} by {} is too small for this model's convolution of {} by {}",
        x.size(-2), x.size(-1), o.kernel[0], o.kernel[1]);
  if (rows.before == rows.after && columns.before == columns.after)
    return {x, {rows.before, columns.before}};
  return {at::constant_pad_nd(x, {columns.before, columns.after, rows.before, rows.after}), {0, 0}};
}

}  // namespace orrery::nn
