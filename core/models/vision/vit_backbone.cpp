#include "core/models/vision/vit_backbone.h"

namespace orrery::models::vision {

at::Tensor mapOfTokens(const at::Tensor& tokens, std::int64_t leading, Size grid) {
  return tokens.slice(1, leading)
      .transpose(1, 2)
      .reshape({tokens.size(0), tokens.size(2), grid.height, grid.width});
}

VitBackbone::VitBackbone(const VitConfig& c, const nn::Weights& base) : vit_(base, c) {
  if (c.normalizeMaps) norm_ = nn::LayerNorm(base / "layernorm", c.layer.hidden, c.layer.normEps);
  channels_.assign(c.outStages.size(), c.layer.hidden);
}

std::vector<at::Tensor> VitBackbone::forward(const at::Tensor& pixels,
                                             const nn::Observer* observer) const {
  const VitConfig& c = vit_.config();
  const Size grid = patchGrid(pixels, c.embedding.patch);
  auto maps = vit_.states({.pixels = pixels}, observer);
  for (at::Tensor& map : maps) {
    if (norm_.defined()) map = norm_(map);
    if (c.spatialMaps) map = mapOfTokens(map, c.embedding.leading(), grid);
  }
  return maps;
}

}  // namespace orrery::models::vision
