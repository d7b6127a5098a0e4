#include "core/models/vision/sam_prompt.h"

#include <cmath>

#include "core/base/error.h"
#include "core/models/vision/conv_layers.h"
#include "core/nn/activation.h"

namespace orrery::models::vision {
namespace {

constexpr std::int64_t kNoPoint = -1, kPadding = -10;

void requireShape(const at::Tensor& value, const char* name, bool good, const char* expected) {
  if (good && value.numel() > 0) return;
  throw Error(ErrorKind::kInvalidInput, "input {}: expected {}, found {}", quoted(name), expected,
              nn::shapeText(value.sizes().vec()));
}

void checkShapes(const SamPrompt& prompt) {
  const at::Tensor &points = prompt.points, &boxes = prompt.boxes;
  if (points.defined())
    requireShape(points, "input_points", points.dim() == 4 && points.size(3) == 2,
                 "[batch, prompts, points, 2]");
  if (boxes.defined())
    requireShape(boxes, "input_boxes", boxes.dim() == 3 && boxes.size(2) == 4,
                 "[batch, prompts, 4]");
  if (prompt.labels.defined())
    requireShape(prompt.labels, "input_labels",
                 points.defined() && prompt.labels.sizes() == points.sizes().slice(0, 3),
                 "one label for each of the points in input_points");
  if (points.defined() && boxes.defined())
    requireShape(boxes, "input_boxes", boxes.sizes().slice(0, 2) == points.sizes().slice(0, 2),
                 "as many prompts as in input_points");
}

}  // namespace

SamPositions::SamPositions(const nn::Weights& weights, std::int64_t features)
    : directions_(weights.tensor("positional_embedding", {2, features})) {}

at::Tensor SamPositions::operator()(const at::Tensor& places) const {
  const at::Tensor angles = at::matmul(2 * places - 1, directions_) * (2 * M_PI);
  return at::cat({angles.sin(), angles.cos()}, -1);
}

at::Tensor SamPositions::ofGrid(std::int64_t grid) const {
  const at::Tensor middles = (at::arange(grid, at::kFloat) + 0.5) / grid;
  const auto axes = at::meshgrid({middles, middles}, "ij");
  return (*this)(at::stack({axes[1], axes[0]}, -1)).flatten(0, 1).unsqueeze(0);
}

SamPromptEncoder::SamPromptEncoder(const nn::Weights& w, const SamPromptConfig& c,
                                   SamPositions positions)
    : config_(c), positions_(std::move(positions)) {
  const auto row = [&](const nn::Weights& at) { return at.tensor("weight", {1, c.hidden}); };
  for (std::int64_t i = 0; i < 4; ++i) kinds_[i] = row(w / "point_embed" / i);
  noPoint_ = row(w / "not_a_point_embed");
  noMask_ = row(w / "no_mask_embed");
  const nn::Weights mask = w / "mask_embed";
  mask1_ = nn::Conv2d(mask / "conv1", 1, c.maskChannels / 4, nn::ConvolutionOptions::patches(2));
  mask2_ = nn::Conv2d(mask / "conv2", c.maskChannels / 4, c.maskChannels,
                      nn::ConvolutionOptions::patches(2));
  mask3_ = nn::Conv2d(mask / "conv3", c.maskChannels, c.hidden, {});
  maskNorm1_ = nn::LayerNorm(mask / "layer_norm1", c.maskChannels / 4, c.normEps);
  maskNorm2_ = nn::LayerNorm(mask / "layer_norm2", c.maskChannels, c.normEps);
}

at::Tensor SamPromptEncoder::embedPoints(const SamPrompt& prompt) const {
  at::Tensor points = (prompt.points.to(at::kFloat) + 0.5) / config_.imageSize;  // pixel centres
  at::Tensor labels = prompt.labels.defined() ? prompt.labels.to(at::kLong)
                                              : at::ones(points.sizes().slice(0, 3), at::kLong);
  if (!prompt.boxes.defined()) {
    // The reference ends points that no box follows with one that is none.
    points = at::constant_pad_nd(points, {0, 0, 0, 1}, 0);
    labels = at::constant_pad_nd(labels, {0, 1}, kNoPoint);
  }
  labels = labels.unsqueeze(-1);
  at::Tensor x = at::where(labels.eq(kNoPoint), noPoint_, positions_(points));
  x = at::where(labels.eq(kPadding), at::scalar_tensor(0.f), x);
  for (std::int64_t label : {0, 1}) x = at::where(labels.eq(label), x + kinds_[label], x);
  return x;
}

at::Tensor SamPromptEncoder::embedBoxes(const at::Tensor& boxes) const {
  const at::Tensor corners = (boxes.to(at::kFloat) + 0.5) / config_.imageSize;
  return positions_(corners.reshape({boxes.size(0), boxes.size(1), 2, 2})) +
         at::cat({kinds_[2], kinds_[3]}, 0);
}

at::Tensor SamPromptEncoder::sparse(const SamPrompt& prompt) const {
  checkShapes(prompt);
  std::vector<at::Tensor> parts;
  if (prompt.points.defined()) parts.push_back(embedPoints(prompt));
  if (prompt.boxes.defined()) parts.push_back(embedBoxes(prompt.boxes));
  return parts.empty() ? at::Tensor() : at::cat(parts, 2);
}

at::Tensor SamPromptEncoder::dense(const SamPrompt& prompt) const {
  if (!prompt.masks.defined()) return noMask_.view({1, -1, 1, 1});
  const at::Tensor& masks = prompt.masks;
  const std::int64_t side = 4 * config_.grid();
  requireShape(
      masks, "input_masks",
      masks.dim() == 4 && masks.size(1) == 1 && masks.size(2) == side && masks.size(3) == side,
      fmt::format("[batch, 1, {0}, {0}]", side).c_str());
  const auto activation = nn::activation(config_.activation);
  const at::Tensor x = activation(normChannels(maskNorm1_, mask1_(masks.to(at::kFloat))));
  return mask3_(activation(normChannels(maskNorm2_, mask2_(x))));
}

}  // namespace orrery::models::vision
