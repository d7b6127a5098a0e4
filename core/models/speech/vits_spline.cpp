#include <cmath>

#include "core/models/speech/vits_durations.h"

namespace orrery::models::speech {
namespace {

constexpr double kLeast = 1e-3;  ///< of a piece's width, height and slope

/// Where pieces end, from -tail to tail: shares […, bins] → […, bins + 1].
at::Tensor knots(const at::Tensor& shares, double tail) {
  const auto bins = static_cast<double>(shares.size(-1));
  const at::Tensor sizes = at::softmax(shares, -1) * (1 - kLeast * bins) + kLeast;
  at::Tensor ends = at::constant_pad_nd(at::cumsum(sizes, -1), {1, 0}) * (2 * tail) - tail;
  ends.select(-1, 0).fill_(-tail);
  ends.select(-1, -1).fill_(tail);
  return ends;
}

at::Tensor sizesOf(const at::Tensor& ends) {
  return ends.slice(-1, 1) - ends.slice(-1, 0, -1);
}

}  // namespace

at::Tensor inverseSpline(const at::Tensor& y, const at::Tensor& widths, const at::Tensor& heights,
                         const at::Tensor& slopes, double tail) {
  const at::Tensor x = knots(widths, tail), up = knots(heights, tail);
  const at::Tensor width = sizesOf(x), height = sizesOf(up);
  const double outer = std::log(std::exp(1 - kLeast) - 1);  // so that the slope there is 1
  const at::Tensor slope = at::softplus(at::constant_pad_nd(slopes, {1, 1}, outer)) + kLeast;
  const at::Tensor inside = y.ge(-tail).logical_and(y.le(tail));
  // What lies outside is computed as if it lay at the edge, and then not taken.
  const at::Tensor at = y.clamp(-tail, tail);

  at::Tensor borders = up.clone();
  borders.select(-1, -1).add_(1e-6);
  const at::Tensor piece = (at.unsqueeze(-1).ge(borders).sum(-1) - 1).unsqueeze(-1);
  const auto of = [&](const at::Tensor& values) { return values.gather(-1, piece).squeeze(-1); };
  const at::Tensor steep = of(height / width), here = of(slope), next = of(slope.slice(-1, 1));
  const at::Tensor rise = at - of(up), bend = here + next - steep * 2;
  const at::Tensor a = of(height) * (steep - here) + rise * bend;
  const at::Tensor b = of(height) * here - rise * bend, c = -steep * rise;
  const at::Tensor root = (c * 2) / (-b - at::sqrt((b * b - a * c * 4).clamp_min(0)));
  return at::where(inside, root * of(width) + of(x), y);
}

}  // namespace orrery::models::speech
