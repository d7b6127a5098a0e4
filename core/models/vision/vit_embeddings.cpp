#include <cmath>

#include "core/base/error.h"
#include "core/kernels/matmul.h"
#include "core/models/vision/vit.h"

namespace orrery::models::vision {

using MaskToken = VitEmbeddingConfig::MaskToken;
using Positions = VitEmbeddingConfig::Positions;

Size squareOf(std::int64_t count) {
  const auto side = static_cast<std::int64_t>(std::sqrt(static_cast<double>(count)));
  if (side * side != count)
    throw Error(ErrorKind::kUnsupported,
                "positions of {} patches are no square, so they cannot be resized", count);
  return {side, side};
}

at::Tensor hidePatches(const at::Tensor& x, const at::Tensor& masked, const at::Tensor& token) {
  if (!token.defined() || masked.sizes() != x.sizes().slice(0, 2))
    throw Error(ErrorKind::kInvalidInput,
                "expected shape {} and a model with a mask token, found shape {}",
                nn::shapeText({x.size(0), x.size(1)}), nn::shapeText(masked.sizes().vec()))
        .in("input \"bool_masked_pos\"");
  return at::where(masked.ne(0).unsqueeze(-1), token, x);
}

void requireChannels(const at::Tensor& pixels, std::int64_t channels) {
  if (pixels.size(1) != channels)
    throw Error(ErrorKind::kInvalidInput, "expected {} channels, found {}", channels,
                pixels.size(1))
        .in("input \"pixel_values\"");
}

Size patchGrid(const at::Tensor& pixels, Size patch) {
  const Size grid{pixels.size(2) / patch.height, pixels.size(3) / patch.width};
  if (grid.height < 1 || grid.width < 1)
    throw Error(ErrorKind::kInvalidInput,
                "expected at least {} x {} pixels, the size of a patch, found {} x {}",
                patch.height, patch.width, pixels.size(2), pixels.size(3))
        .in("input \"pixel_values\"");
  return grid;
}

at::Tensor resizePositions(const at::Tensor& positions, Size from, Size to, Resize how) {
  if (from.height == to.height && from.width == to.width) return positions;
  const std::int64_t batch = positions.size(0), hidden = positions.size(2);
  const at::Tensor plane =
      positions.reshape({batch, from.height, from.width, hidden}).permute({0, 3, 1, 2});
  const at::Tensor resized = how == Resize::kBicubic
                                 ? at::upsample_bicubic2d(plane, {to.height, to.width}, false)
                                 : at::upsample_bilinear2d(plane, {to.height, to.width}, false);
  return resized.permute({0, 2, 3, 1}).reshape({batch, to.height * to.width, hidden});
}

PatchProjection::PatchProjection(const nn::Weights& w, std::int64_t channels, std::int64_t hidden,
                                 Size patch)
    : patch_(patch) {
  auto rows = w.view("weight", {hidden, channels, patch.height, patch.width});
  rows.shape = {hidden, channels * patch.height * patch.width};
  const nn::Linear product(rows, w.tensor("bias", {hidden}), w.precision());
  if (product.productType() == at::kBFloat16 &&
      kernels::canMultiplyMany(checkpoint::DType::kBF16)) {
    product_ = product;
    return;
  }
  nn::ConvolutionOptions options;
  options.kernel = options.stride = {patch.height, patch.width};
  convolution_ = nn::Conv2d(w, channels, hidden, options);
}

at::Tensor PatchProjection::inRows(const at::Tensor& pixels) const {
  const Size grid = patchGrid(pixels, patch_);
  const std::int64_t batch = pixels.size(0), channels = pixels.size(1);
  return pixels.narrow(2, 0, grid.height * patch_.height)
      .narrow(3, 0, grid.width * patch_.width)
      .reshape({batch, channels, grid.height, patch_.height, grid.width, patch_.width})
      .permute({0, 2, 4, 1, 3, 5})
      .reshape({batch, grid.height * grid.width, -1});
}

at::Tensor PatchProjection::operator()(const at::Tensor& pixels) const {
  if (product_) return (*product_)(inRows(pixels));
  return convolution_(pixels).flatten(2).transpose(1, 2);
}

VitEmbeddings::VitEmbeddings(const nn::Weights& w, const VitEmbeddingConfig& c, std::int64_t hidden)
    : config_(c) {
  projection_ = PatchProjection(w / "patch_embeddings.projection", c.channels, hidden, c.patch);
  leading_ = w.tensor("cls_token", {1, 1, hidden});
  if (c.distillationToken)
    leading_ = at::cat({leading_, w.tensor("distillation_token", {1, 1, hidden})}, 1);
  if (c.detectionTokens > 0)
    detection_ = w.tensor("detection_tokens", {1, c.detectionTokens, hidden});
  if (c.maskToken == MaskToken::kFlat)
    maskToken_ = w.tensor("mask_token", {1, hidden}).unsqueeze(0);
  if (c.maskToken == MaskToken::kFull) maskToken_ = w.tensor("mask_token", {1, 1, hidden});
  if (c.positions == Positions::kNone) return;
  const std::int64_t patches = c.grid().height * c.grid().width;
  positions_ =
      w.tensor("position_embeddings", {1, c.leading() + patches + c.detectionTokens, hidden});
}

at::Tensor VitEmbeddings::positionsFor(const VitInput& input) const {
  const std::int64_t height = input.pixels.size(2), width = input.pixels.size(3);
  const bool same = height == config_.image.height && width == config_.image.width;
  if (config_.positions == Positions::kFixed && !input.interpolate) {
    if (same) return positions_;
    throw Error(ErrorKind::kInvalidInput, "expected {} x {} pixels, found {} x {}",
                config_.image.height, config_.image.width, height, width)
        .in("input \"pixel_values\"");
  }
  const Size grid = config_.grid(), wanted = patchGrid(input.pixels, config_.patch);
  const std::int64_t leading = config_.leading(), patches = grid.height * grid.width;
  const bool detects = config_.detectionTokens > 0;
  if (!detects && height == width && wanted.height * wanted.width == patches) return positions_;
  const at::Tensor middle = resizePositions(
      positions_.narrow(1, leading, patches), detects ? grid : squareOf(patches), wanted,
      config_.positions == Positions::kBilinear ? Resize::kBilinear : Resize::kBicubic);
  const std::int64_t end = leading + patches;
  return at::cat({positions_.narrow(1, 0, leading), middle,
                  positions_.narrow(1, end, positions_.size(1) - end)},
                 1);
}

at::Tensor VitEmbeddings::operator()(const VitInput& input) const {
  requireChannels(input.pixels, config_.channels);
  patchGrid(input.pixels, config_.patch);
  at::Tensor x = projection_(input.pixels);
  if (input.masked.defined()) x = hidePatches(x, input.masked, maskToken_);
  const std::int64_t batch = x.size(0);
  std::vector<at::Tensor> parts{leading_.expand({batch, -1, -1}), x};
  if (detection_.defined()) parts.push_back(detection_.expand({batch, -1, -1}));
  x = at::cat(parts, 1);
  return positions_.defined() ? x.add_(positionsFor(input)) : x;
}

}  // namespace orrery::models::vision
