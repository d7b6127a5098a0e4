#include "core/models/vision/uper_head.h"

namespace orrery::models::vision {

ConvModule::ConvModule(const nn::Weights& w, const char* norm, std::int64_t in, std::int64_t out,
                       std::int64_t kernel)
    : convolution_(nn::Conv2d(w / "conv", in, out,
                              nn::ConvolutionOptions::same(kernel, 1, 1, /*bias=*/false)),
                   nn::BatchNorm2d(w / norm, out)) {}

UperHead::UperHead(const nn::Weights& w, const SegmentationHeadConfig& c)
    : poolScales_(c.poolScales), classifier_(w / "classifier", c.channels, c.labels, {}) {
  const auto scales = static_cast<std::int64_t>(c.poolScales.size());
  const auto maps = static_cast<std::int64_t>(c.in.size());
  const std::int64_t coarsest = c.in.back(), channels = c.channels;
  for (std::int64_t i = 0; i < scales; ++i)
    pools_.emplace_back(w / "psp_modules" / i / 1, c.norm, coarsest, channels, 1);
  bottlenecks_.emplace_back(w / "bottleneck", c.norm, coarsest + scales * channels, channels, 3);
  for (std::int64_t i = 0; i + 1 < maps; ++i) {
    laterals_.emplace_back(w / "lateral_convs" / i, c.norm, c.in[static_cast<std::size_t>(i)],
                           channels, 1);
    outs_.emplace_back(w / "fpn_convs" / i, c.norm, channels, channels, 3);
  }
  bottlenecks_.emplace_back(w / "fpn_bottleneck", c.norm, maps * channels, channels, 3);
}

at::Tensor UperHead::pooled(const at::Tensor& coarsest) const {
  std::vector<at::Tensor> parts{coarsest};
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const at::Tensor small = at::adaptive_avg_pool2d(coarsest, {poolScales_[i], poolScales_[i]});
    parts.push_back(resizeLike(pools_[i](small), coarsest));
  }
  return bottlenecks_[0](at::cat(parts, 1));
}

at::Tensor UperHead::operator()(const std::vector<at::Tensor>& maps) const {
  std::vector<at::Tensor> levels;
  for (std::size_t i = 0; i < laterals_.size(); ++i) levels.push_back(laterals_[i](maps[i]));
  levels.push_back(pooled(maps.back()));
  for (std::size_t i = levels.size() - 1; i > 0; --i)
    levels[i - 1] = levels[i - 1] + resizeLike(levels[i], levels[i - 1]);
  for (std::size_t i = 0; i < outs_.size(); ++i) levels[i] = outs_[i](levels[i]);
  for (at::Tensor& level : levels) level = resizeLike(level, levels.front());
  return classifier_(bottlenecks_[1](at::cat(levels, 1)));
}

}  // namespace orrery::models::vision
