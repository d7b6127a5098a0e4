#include <ATen/core/grad_mode.h>

#include "core/models/vision/dpt_neck.h"
#include "core/models/vision/vision_families.h"
#include "core/models/vision/vit_model.h"

/// depth_anything (Yang et al. 2024).
namespace orrery::models::vision {
namespace {

/// The channels of the backbone's hidden states, which the config names once more.
std::vector<std::int64_t> statesOf(const Backbone& backbone, const JsonField& config,
                                   const DptConfig& c) {
  for (const std::int64_t channels : backbone.channels())
    if (channels != c.reassembleHidden)
      throw config.error(
          fmt::format("reassemble_hidden_size: expected {} as the backbone, found {}", channels,
                      c.reassembleHidden));
  return backbone.channels();
}

class DepthAnything : public Model {
 public:
  DepthAnything(const ModelSpec& spec, const DptConfig& c)
      : config_(c),
        backbone_(makeBackbone(spec.config["backbone_config"], spec.weights / "backbone")),
        neck_(spec.weights / "neck", c.neck, statesOf(*backbone_, spec.config, c)) {
    const auto same = nn::ConvolutionOptions::same(3);
    const nn::Weights head = spec.weights / "head";
    const std::int64_t width = c.neck.fusionHidden;
    first_ = nn::Conv2d(head / "conv1", width, width / 2, same);
    second_ = nn::Conv2d(head / "conv2", width / 2, c.headHidden, same);
    third_ = nn::Conv2d(head / "conv3", c.headHidden, 1, {});
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values"});
    const at::Tensor pixels = requireImages(inputs, 0);
    const Size grid = patchGrid(pixels, {config_.patch, config_.patch});
    const at::Tensor half = first_(neck_(backbone_->forward(pixels, observer), grid));
    const Size whole{grid.height * config_.patch, grid.width * config_.patch};
    const at::Tensor depth = third_(second_(resizeCorners(half, whole)).relu_());
    return {
        {"predicted_depth",
         ((config_.metric ? at::sigmoid(depth) : at::relu(depth)) * config_.maxDepth).squeeze(1)}};
  }

 private:
  DptConfig config_;
  std::unique_ptr<Backbone> backbone_;
  DptNeck neck_;
  nn::Conv2d first_, second_, third_;
};

}  // namespace

std::unique_ptr<Model> makeDepthAnything(const ModelSpec& spec) {
  const DptConfig c = DptConfig::read(spec.config);
  if (!spec.className.ends_with("ForDepthEstimation")) refuseClass(spec.className, c.modelType);
  return std::make_unique<DepthAnything>(spec, c);
}

}  // namespace orrery::models::vision
