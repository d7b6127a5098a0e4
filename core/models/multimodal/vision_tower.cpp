#include <ATen/ops/_upsample_bilinear2d_aa.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/models/multimodal/towers.h"
#include "core/models/vision/vit.h"

namespace orrery::models::multimodal {

using nn::Linear;

namespace {

Error inputError(const char* name, const std::string& message) {
  return Error(ErrorKind::kInvalidInput, message).in("input " + quoted(name));
}

/// Positions [1, grid * grid, hidden] for a picture of height * width patches, by bilinear
/// interpolation that averages where the picture has fewer → [height * width, hidden].
at::Tensor resizedPositions(const at::Tensor& positions, std::int64_t grid, std::int64_t height,
                            std::int64_t width) {
  const at::Tensor map = positions.view({1, grid, grid, -1}).permute({0, 3, 1, 2});
  const at::Tensor resized = at::_upsample_bilinear2d_aa(map, {height, width}, false);
  return resized.reshape({positions.size(2), height * width}).t();
}

/// Where `count` [batch] patches along a side of a picture lie on a side of `grid` places, of
/// `most` patches with padding: [batch, most].
at::Tensor placesAlong(const at::Tensor& count, std::int64_t most, std::int64_t grid) {
  const double step = 1.0 / static_cast<double>(grid);
  const at::Tensor ends = at::arange(step, 1.0, step, at::kFloat);
  const at::Tensor share =
      at::arange(most, at::kFloat).unsqueeze(0) * count.to(at::kFloat).reciprocal().unsqueeze(1);
  const at::Tensor places = at::bucketize(share.clamp_max(1.0 - 1e-6), ends, false, /*right=*/true);
  return places.clamp_max(grid - 1);
}

/// patch_attention_mask of `images`, or all patches: [batch, rows, columns] bool.
at::Tensor seenPatches(const TensorMap& inputs, const at::Tensor& images, std::int64_t patch) {
  const std::vector<std::int64_t> shape{images.size(0), images.size(2) / patch,
                                        images.size(3) / patch};
  const at::Tensor seen = inputIf(inputs, "patch_attention_mask");
  if (!seen.defined()) return at::ones(shape, at::kBool);
  if (seen.sizes() != at::IntArrayRef(shape))
    throw inputError("patch_attention_mask",
                     fmt::format("expected shape {}, found {}", nn::shapeText(shape),
                                 nn::shapeText(seen.sizes().vec())));
  return seen.ne(0);
}

}  // namespace

AttentionPool::AttentionPool(const nn::Weights& w, const VisionTowerConfig& c)
    : probe_(w.tensor("probe", {1, 1, c.hidden})),
      attention_(w / "attention", c.hidden, c.heads),
      norm_(w / "layernorm", c.hidden, c.normEps),
      mlp_(w / "mlp", c) {}

at::Tensor AttentionPool::operator()(const at::Tensor& hidden, const at::Tensor& mask) const {
  const at::Tensor probe = probe_.expand({hidden.size(0), 1, probe_.size(2)});
  const at::Tensor x = attention_(probe, hidden, hidden, mask);
  return (x + mlp_(norm_(x))).select(1, 0);
}

VisionTower::VisionTower(const nn::Weights& w, const VisionTowerConfig& c)
    : config_(c), stack_(w / "encoder", c, c.kind) {
  const nn::Weights embeddings = w / "embeddings";
  const std::int64_t places = c.grid * c.grid;
  if (c.kind == TowerKind::kSiglip2)
    patchRows_ = Linear(embeddings / "patch_embedding", c.channels * c.patch * c.patch, c.hidden,
                        Linear::Bias::kRequired);
  else
    patches_ = nn::Conv2d(embeddings / "patch_embedding", c.channels, c.hidden,
                          nn::ConvolutionOptions::patches(c.patch, c.kind != TowerKind::kClip));
  if (c.kind == TowerKind::kBlip) {
    classToken_ = embeddings.tensor("class_embedding", {1, 1, c.hidden});
    positions_ = embeddings.tensor("position_embedding", {1, places + 1, c.hidden});
  } else if (c.kind == TowerKind::kClip) {
    classToken_ = embeddings.tensor("class_embedding", {c.hidden}).view({1, 1, c.hidden});
    positions_ = embeddings.tensor("position_embedding.weight", {places + 1, c.hidden});
    preNorm_ = nn::LayerNorm(w / "pre_layrnorm", c.hidden, c.normEps);
  } else {
    positions_ = embeddings.tensor("position_embedding.weight", {places, c.hidden});
  }
  if (positions_.dim() == 2) positions_ = positions_.unsqueeze(0);
  postNorm_ = nn::LayerNorm(w / "post_layernorm", c.hidden, c.normEps);
  if (c.attentionPool) attentionPool_ = AttentionPool(w / "head", c);
}

std::vector<std::string> VisionTower::inputNames() const {
  if (config_.kind == TowerKind::kIdefics3) return {"pixel_values", "patch_attention_mask"};
  if (config_.kind != TowerKind::kSiglip2) return {"pixel_values", "interpolate_pos_encoding"};
  return {"pixel_values", "pixel_attention_mask", "spatial_shapes"};
}

at::Tensor VisionTower::positionsFor(const at::Tensor& images, bool interpolate) const {
  const std::int64_t height = images.size(2), width = images.size(3);
  if (!interpolate) {
    if (height == config_.imageSize && width == config_.imageSize) return positions_;
    throw inputError("pixel_values", fmt::format("expected pictures of {0} × {0} pixels, found {1} "
                                                 "× {2}; interpolate_pos_encoding takes any size",
                                                 config_.imageSize, height, width));
  }
  const std::int64_t leading = classToken_.defined() ? 1 : 0;
  const at::Tensor places =
      vision::resizePositions(positions_.slice(1, leading), {config_.grid, config_.grid},
                              vision::patchGrid(images, {config_.patch, config_.patch}));
  return at::cat({positions_.narrow(1, 0, leading), places}, 1);
}

at::Tensor VisionTower::embedImages(const at::Tensor& images, bool interpolate) const {
  const at::Tensor positions = positionsFor(images, interpolate);
  at::Tensor x = patches_(images).flatten(2).transpose(1, 2);
  if (classToken_.defined())
    x = at::cat({classToken_.expand({x.size(0), 1, config_.hidden}), x}, 1);
  x = x + positions;
  return preNorm_.defined() ? preNorm_(x) : x;
}

at::Tensor VisionTower::embedAnySize(const at::Tensor& images, const at::Tensor& seen) const {
  const at::Tensor x = patches_(images).flatten(2).transpose(1, 2);
  const at::Tensor rows = placesAlong(seen.select(2, 0).sum(1), seen.size(1), config_.grid);
  const at::Tensor columns = placesAlong(seen.select(1, 0).sum(1), seen.size(2), config_.grid);
  // Patches that are padding get the first place's.
  const at::Tensor places =
      (rows.unsqueeze(2) * config_.grid + columns.unsqueeze(1)) * seen.to(at::kLong);
  return x + positions_[0].index({places.flatten(1)});
}

at::Tensor VisionTower::embedPatches(const at::Tensor& patches, const at::Tensor& grids) const {
  const std::int64_t width = config_.channels * config_.patch * config_.patch;
  if (patches.dim() != 3 || patches.size(2) != width || patches.numel() == 0 ||
      !at::isFloatingType(patches.scalar_type()))
    throw inputError("pixel_values",
                     fmt::format("expected numbers of shape [batch, patches, {}], found {}", width,
                                 nn::shapeText(patches.sizes().vec())));
  if (grids.dim() != 2 || grids.size(0) != patches.size(0) || grids.size(1) != 2 ||
      !at::isIntegralType(grids.scalar_type(), false))
    throw inputError("spatial_shapes", "expected a height and a width in patches for each picture");
  const at::Tensor x = patchRows_(patches.to(at::kFloat));
  at::Tensor positions = at::empty_like(x);
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    const auto rows = grids[i][0].item<std::int64_t>(), columns = grids[i][1].item<std::int64_t>();
    // Each alone first, so that the product cannot overflow.
    if (rows < 1 || columns < 1 || rows > x.size(1) || columns > x.size(1) ||
        rows * columns > x.size(1))
      throw inputError("spatial_shapes",
                       fmt::format("expected 1 to {} patches, found {} × {} for picture {}",
                                   x.size(1), rows, columns, i));
    const at::Tensor resized = resizedPositions(positions_, config_.grid, rows, columns);
    positions[i].narrow(0, 0, rows * columns).copy_(resized);
    // Padding gets the first place's, as the reference has it.
    positions[i]
        .slice(0, rows * columns)
        .copy_(resized[0].expand_as(positions[i].slice(0, rows * columns)));
  }
  return x + positions;
}

at::Tensor VisionTower::states(const TensorMap& inputs, const std::vector<std::int64_t>& layers,
                               const nn::Observer* observer) const {
  const at::Tensor x = embedImages(requireImages(inputs, config_.channels),
                                   flagInput(inputs, "interpolate_pos_encoding"));
  const auto last = *std::max_element(layers.begin(), layers.end());
  const auto all = stack_.states(x, {}, static_cast<std::size_t>(last), observer);
  std::vector<at::Tensor> chosen;
  for (const auto layer : layers) chosen.push_back(all[static_cast<std::size_t>(layer)]);
  return chosen.size() == 1 ? chosen.front() : at::cat(chosen, -1);
}

TowerOutput VisionTower::forward(const TensorMap& inputs, const nn::Observer* observer) const {
  at::Tensor x, mask;
  if (config_.kind == TowerKind::kSiglip2) {
    const at::Tensor patches = requireInput(inputs, "pixel_values");
    const at::Tensor seen = inputIf(inputs, "pixel_attention_mask");
    x = embedPatches(patches, requireInput(inputs, "spatial_shapes"));
    if (seen.defined() && seen.sizes() != patches.sizes().slice(0, 2))
      throw inputError("pixel_attention_mask",
                       "expected shape " + nn::shapeText(patches.sizes().slice(0, 2).vec()));
    mask = nn::paddingMask(seen);
  } else if (config_.kind == TowerKind::kIdefics3) {
    const at::Tensor images = requireImages(inputs, config_.channels);
    const at::Tensor seen = seenPatches(inputs, images, config_.patch);
    x = embedAnySize(images, seen);
    mask = nn::paddingMask(seen.flatten(1));
  } else {
    x = embedImages(requireImages(inputs, config_.channels),
                    flagInput(inputs, "interpolate_pos_encoding"));
  }
  at::Tensor hidden = stack_.forward(x, mask, observer);
  if (config_.kind == TowerKind::kClip) return {hidden, postNorm_(hidden.select(1, 0))};
  hidden = postNorm_(hidden);
  if (config_.kind == TowerKind::kBlip) return {hidden, postNorm_(hidden.select(1, 0))};
  return {hidden, config_.attentionPool ? attentionPool_(hidden, mask) : at::Tensor()};
}

}  // namespace orrery::models::multimodal
