#include "core/base/error.h"
#include "core/models/vision/image_model.h"
#include "core/models/vision/vision_families.h"
#include "core/models/vision/vitdet_config.h"
#include "core/nn/convolution.h"

namespace orrery::models::vision {
namespace {

using nn::ConvBatchNorm2d;
using nn::ConvolutionOptions;

ConvBatchNorm2d convolution(const nn::Weights& w, std::int64_t in, std::int64_t out,
                            std::int64_t stride, double eps) {
  return {nn::Conv2d(w / "conv", in, out, ConvolutionOptions::same(3, stride, 1, /*bias=*/false)),
          nn::BatchNorm2d(w / "batch_norm", out, eps), "relu"};
}

/// From the backbone's map and the picture to the share of the object in each pixel.
class Decoder {
 public:
  Decoder(const nn::Weights& w, const VitMatteConfig& c, std::int64_t channels) {
    std::vector<std::int64_t> sizes{channels};
    for (const std::int64_t size : c.streamSizes) {
      const nn::Weights scope = w / "convstream.convs" / static_cast<std::int64_t>(details_.size());
      details_.push_back(convolution(scope, sizes.back(), size, 2, c.normEps));
      sizes.push_back(size);
    }
    std::int64_t in = c.hidden;
    for (std::size_t i = 0; i < c.fusionSizes.size(); ++i) {
      const nn::Weights scope = w / "fusion_blocks" / static_cast<std::int64_t>(i) / "conv";
      const std::int64_t out = c.fusionSizes[i];
      fusions_.push_back(convolution(scope, in + sizes[sizes.size() - 1 - i], out, 1, c.normEps));
      in = out;
    }
    const nn::Weights head = w / "matting_head.matting_convs";
    constexpr std::int64_t kMiddle = 16;
    middle_ = ConvBatchNorm2d(nn::Conv2d(head / 0, in, kMiddle, ConvolutionOptions::same(3)),
                              nn::BatchNorm2d(head / 1, kMiddle), "relu");
    last_ = nn::Conv2d(head / 3, kMiddle, 1, {});
  }

  at::Tensor operator()(at::Tensor x, const at::Tensor& pixels) const {
    std::vector<at::Tensor> details{pixels};
    for (const ConvBatchNorm2d& step : details_) details.push_back(step(details.back()));
    for (std::size_t i = 0; i < fusions_.size(); ++i) {
      const at::Tensor& detail = details[details.size() - 1 - i];
      x = at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/false);
      if (x.sizes().slice(2) != detail.sizes().slice(2))
        throw Error(ErrorKind::kInvalidInput,
                    "expected a picture whose sides are multiples of the backbone's patches, found "
                    "{} by {} pixels",
                    pixels.size(3), pixels.size(2))
            .in("input \"pixel_values\"");
      x = fusions_[i](at::cat({detail, x}, 1));
    }
    return at::sigmoid(last_(middle_(x)));
  }

 private:
  std::vector<ConvBatchNorm2d> details_, fusions_;
  ConvBatchNorm2d middle_;
  nn::Conv2d last_;
};

}  // namespace

std::unique_ptr<Model> makeVitMatte(const ModelSpec& spec) {
  if (!spec.className.ends_with("ForImageMatting"))
    throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of vitmatte",
                quoted(spec.className));
  const auto config = VitMatteConfig::read(spec.config);
  const JsonField backboneConfig = spec.config["backbone_config"];
  const auto channels = backboneConfig.get("num_channels", std::int64_t{3});
  const std::shared_ptr<const Backbone> backbone =
      makeBackbone(backboneConfig, spec.weights / "backbone");
  if (backbone->channels().back() != config.hidden)
    throw spec.config["hidden_size"].error(
        fmt::format("the backbone's last map has {} channels", backbone->channels().back()));
  const Decoder decoder(spec.weights / "decoder", config, channels);
  return imageModel(channels, [=](const at::Tensor& pixels, const nn::Observer* observer) {
    return TensorMap{{"alphas", decoder(backbone->forward(pixels, observer).back(), pixels)}};
  });
}

}  // namespace orrery::models::vision
