#include "core/models/vision/dpt_hybrid.h"

#include "core/base/error.h"
#include "core/models/vision/dpt_config.h"

namespace orrery::models::vision {
namespace {

constexpr std::size_t kMaps = 3;

std::unique_ptr<Backbone> backboneOf(const JsonField& config, const nn::Weights& weights) {
  const Json own = hybridBackbone(config);
  const JsonField field(own, config.name() + ": backbone_config");
  auto backbone = makeBackbone(field, weights);
  if (backbone->channels().size() != kMaps)
    throw field.error(fmt::format("out_features: expected {} stages, found {}", kMaps,
                                  backbone->channels().size()));
  return backbone;
}

/// Its square of positions, laid out as the patches of the config's picture.
at::Tensor positionsOf(const nn::Weights& w, const VitEmbeddingConfig& c, std::int64_t hidden) {
  const Size grid = c.grid();
  const std::int64_t patches = grid.height * grid.width;
  const at::Tensor all = w.tensor("position_embeddings", {1, 1 + patches, hidden});
  return at::cat({all.narrow(1, 0, 1), resizePositions(all.narrow(1, 1, patches), squareOf(patches),
                                                       grid, Resize::kBilinear)},
                 1);
}

}  // namespace

DptHybrid::DptHybrid(const JsonField& config, const VitConfig& c, const nn::Weights& base)
    : config_(c),
      backbone_(backboneOf(config, base / "embeddings.backbone")),
      layers_(base / "encoder.layer", c.layer, c.layers) {
  const nn::Weights w = base / "embeddings";
  const std::int64_t hidden = c.layer.hidden;
  channels_ = {backbone_->channels()[0], backbone_->channels()[1]};
  channels_.insert(channels_.end(), c.outStages.size(), hidden);
  projection_ = nn::Conv2d(w / "projection", backbone_->channels()[2], hidden, {});
  classToken_ = w.tensor("cls_token", {1, 1, hidden});
  positions_ = positionsOf(w, c.embedding, hidden);
}

std::vector<at::Tensor> DptHybrid::mapsOf(const at::Tensor& pixels,
                                          const nn::Observer* observer) const {
  const VitEmbeddingConfig& c = config_.embedding;
  requireChannels(pixels, c.channels);
  if (pixels.size(2) != c.image.height || pixels.size(3) != c.image.width)
    throw Error(ErrorKind::kInvalidInput, "expected {} x {} pixels, found {} x {}", c.image.height,
                c.image.width, pixels.size(2), pixels.size(3))
        .in("input \"pixel_values\"");
  return backbone_->forward(pixels, observer);
}

at::Tensor DptHybrid::embed(const at::Tensor& map) const {
  const at::Tensor patches = projection_(map).flatten(2).transpose(1, 2);
  if (patches.size(1) + 1 != positions_.size(1))
    throw Error(ErrorKind::kInvalidInput,
                "patch_size: {} patches, but the backbone gives a map of {} by {}",
                positions_.size(1) - 1, map.size(2), map.size(3));
  return at::cat({classToken_.expand({map.size(0), -1, -1}), patches}, 1).add_(positions_);
}

std::vector<at::Tensor> DptHybrid::forward(const at::Tensor& pixels,
                                           const nn::Observer* observer) const {
  auto states = mapsOf(pixels, observer);
  const at::Tensor tokens = embed(states.back());
  std::vector<at::Tensor> all{tokens};
  layers_(tokens, {.bias = {},
                   .after =
                       [&](std::size_t, const at::Tensor& x) {
                         all.push_back(x);
                         return x;
                       },
                   .observer = observer});
  states.pop_back();
  for (const std::size_t stage : config_.outStages) states.push_back(all.at(stage));
  return states;
}

at::Tensor DptHybrid::last(const at::Tensor& pixels, const nn::Observer* observer) const {
  return layers_(embed(mapsOf(pixels, observer).back()),
                 {.bias = {}, .after = {}, .observer = observer});
}

}  // namespace orrery::models::vision
