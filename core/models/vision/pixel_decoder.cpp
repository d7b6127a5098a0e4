#include "core/models/vision/pixel_decoder.h"

#include <fmt/format.h>

#include "core/base/error.h"

namespace orrery::models::vision {
namespace {

constexpr std::size_t kLevels = 3;
constexpr std::int64_t kPoints = 4, kGroups = 32;

}  // namespace

ConvGroupNorm::ConvGroupNorm(const nn::Weights& w, const Options& o)
    : convolution_(w / 0, o.in, o.out, nn::ConvolutionOptions::same(o.kernel, 1, 1, o.bias)),
      norm_(w / 1, kGroups, o.out),
      relu_(o.relu) {}

at::Tensor ConvGroupNorm::operator()(const at::Tensor& x) const {
  const at::Tensor y = norm_(convolution_(x));
  return relu_ ? at::relu(y) : y;
}

PixelDecoder::PixelDecoder(const nn::Weights& w, const PixelDecoderConfig& c,
                           const std::vector<std::int64_t>& channels)
    : levelEmbeddings_(w.tensor("level_embed", {kLevels, c.features})),
      maskProjection_(w / "mask_projection", c.features, c.maskFeatures, {}) {
  const auto fine = static_cast<std::size_t>(c.fineLevels);
  if (channels.size() < std::max(kLevels, fine))
    throw Error(ErrorKind::kInvalidInput, "the backbone gives {} feature maps, expected {}",
                channels.size(), std::max(kLevels, fine));
  for (std::size_t i = 0; i < kLevels; ++i)
    projections_.emplace_back(
        w / "input_projections" / static_cast<std::int64_t>(i),
        ConvGroupNorm::Options{
            .in = channels[channels.size() - 1 - i], .out = c.features, .bias = true});
  for (std::int64_t i = 0; i < c.layers; ++i)
    layers_.emplace_back(w / "encoder.layers" / i, DeformableSizes{.hidden = c.features,
                                                                   .heads = c.heads,
                                                                   .ffn = c.ffn,
                                                                   .levels = kLevels,
                                                                   .points = kPoints,
                                                                   .activation = "relu"});
  for (std::size_t i = 0; i < fine; ++i)
    fine_.push_back(
        {ConvGroupNorm(w / fmt::format("adapter_{}", i + 1),
                       {.in = channels[i], .out = c.features}),
         ConvGroupNorm(w / fmt::format("layer_{}", i + 1),
                       {.in = c.features, .out = c.features, .kernel = 3, .relu = true})});
}

std::vector<at::Tensor> PixelDecoder::attend(const std::vector<at::Tensor>& maps) const {
  nn::FeatureLevels levels = flattenLevels(maps);
  std::vector<at::Tensor> positions, places;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const auto [rows, columns] = levels.sizes[i];
    const at::Tensor shown = at::ones({1, rows, columns}, at::kBool);
    positions.push_back(sinePositions(shown, maps[i].size(1) / 2) +
                        levelEmbeddings_[static_cast<std::int64_t>(i)]);
    const at::Tensor size = at::tensor({static_cast<float>(columns), static_cast<float>(rows)});
    places.push_back(middlesOf(levels.sizes[i]) / size);
  }
  const at::Tensor position = at::cat(positions, 1);
  const at::Tensor place = at::cat(places, 0).unsqueeze(0).unsqueeze(2);
  for (const auto& layer : layers_) levels.values = layer(levels, position, place);
  std::vector<at::Tensor> result;
  std::int64_t start = 0;
  for (const auto& [rows, columns] : levels.sizes) {
    const at::Tensor part = levels.values.narrow(1, start, rows * columns);
    result.push_back(part.transpose(1, 2).reshape({part.size(0), part.size(2), rows, columns}));
    start += rows * columns;
  }
  return result;
}

PixelDecoder::Output PixelDecoder::forward(const std::vector<at::Tensor>& features) const {
  std::vector<at::Tensor> maps;
  for (std::size_t i = 0; i < kLevels; ++i)
    maps.push_back(projections_[i](features[features.size() - 1 - i]));
  Output out;
  out.levels = attend(maps);
  at::Tensor finest = out.levels.back();
  for (std::size_t i = fine_.size(); i-- > 0;) {
    const at::Tensor lateral = fine_[i].lateral(features[i]);
    finest = fine_[i].out(lateral + resizeLike(finest, lateral));
  }
  out.maskFeatures = maskProjection_(finest);
  return out;
}

}  // namespace orrery::models::vision
