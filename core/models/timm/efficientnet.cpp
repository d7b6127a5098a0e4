#include "core/models/timm/mobile_blocks.h"
#include "core/models/timm/net.h"

/// timm's EfficientNet and MobileNetV3, which differ in their heads: MnasNet, MobileNet V2 to V4,
/// MixNet, FBNet, LCNet and more are arguments of these.
namespace orrery::models::timm {
namespace {

MobileCommon readCommon(const JsonField& a) {
  const Kind squeeze(a, "se_layer", "SqueezeExcite");
  return {.norm = Kind(a, "norm_layer", "BatchNorm2d"),
          .antialiasing = Kind(a, "aa_layer"),
          .act = Kind(a, "act_layer", "ReLU"),
          .squeeze = squeeze,
          .squeezeAct = squeeze.kind("force_act_layer"),
          .squeezeGate = squeeze.kind("gate_layer", "sigmoid"),
          .squeezeRounding = squeeze.kind("rd_round_fn"),
          .padding = a.get<std::string>("pad_type", ""),
          .rounding = Kind(a, "round_chs_fn", "round_channels")};
}

/// The chain of blocks, and what changes from one to the next.
class Trunk {
 public:
  Trunk(Net& net, const Scope& scope, const MobileCommon& common, std::int64_t channels,
        std::int64_t outputStride)
      : net_(net),
        scope_(scope),
        common_(common),
        channels_(channels),
        outputStride_(outputStride) {}

  void add(std::size_t stage, std::size_t index, const JsonField& arguments) {
    MobileBlock block{.arguments = arguments, .in = channels_};
    block.stride = index == 0 ? arguments.get<std::int64_t>("stride", 1) : 1;
    block.expansion = arguments.get("exp_ratio", 1.0);
    followPixels(block);
    block.out = common_.round(arguments.require<std::int64_t>("out_chs"));
    if (block.spaceToDepth > 0) block.out *= 4;
    followStride(block);
    const std::string name = fmt::format("blocks.{}.{}", stage, index);
    net_.stages.push_back({name, mobileBlock(scope_ / name, block, common_)});
    channels_ = block.out;
  }
  std::int64_t channels() const { return channels_; }

 private:
  /// Keeps account of the blocks that work on 2×2 pixels as channels: from the block that asks for
  /// it to the next stride.
  void followPixels(MobileBlock& block) {
    if (pixels_ == 0 && block.arguments.get("s2d", false)) pixels_ = 1;
    if (pixels_ == 0) return;
    if (pixels_ == 2 && block.stride == 2) {
      block.stride = 1;
      block.expansion /= 4;
      pixels_ = 0;
      return;
    }
    block.spaceToDepth = pixels_;
    pixels_ = 2;
  }

  /// Beyond the output stride, strides become dilation of the blocks after them.
  void followStride(MobileBlock& block) {
    block.dilation = dilation_;
    if (block.stride == 1) return;
    if (stride_ * block.stride > outputStride_) {
      dilation_ *= block.stride;
      block.stride = 1;
    } else {
      stride_ *= block.stride;
    }
  }

  Net& net_;
  const Scope& scope_;
  const MobileCommon& common_;
  std::int64_t channels_, outputStride_, stride_ = 2, dilation_ = 1;
  int pixels_ = 0;
};

/// Stem and blocks; returns the channels after them.
std::int64_t addTrunk(Net& net, const JsonField& a, const Scope& scope, const MobileCommon& common,
                      std::int64_t stemSize) {
  std::int64_t stem = a.get("stem_size", stemSize);
  if (!a.get("fix_stem", false)) stem = common.round(stem);
  const ConvSpec first{
      .kernel = a.get<std::int64_t>("stem_kernel_size", 3), .stride = 2, .padding = common.padding};
  net.stages.push_back(
      {"bn1", convNormAct(scope / "conv_stem", scope / "bn1", a.get<std::int64_t>("in_chans", 3),
                          stem, first, common.norm, activation(common.act))});
  Trunk trunk(net, scope, common, stem, a.get<std::int64_t>("output_stride", 32));
  const auto stages = a["block_args"].elements();
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    const auto blocks = stages[stage].elements();
    for (std::size_t i = 0; i < blocks.size(); ++i) trunk.add(stage, i, blocks[i]);
  }
  return trunk.channels();
}

}  // namespace

Net buildEfficientNet(const JsonField& a, const Scope& scope) {
  const MobileCommon common = readCommon(a);
  Net net;
  std::int64_t channels = addTrunk(net, a, scope, common, 32);
  if (const auto features = a.get<std::int64_t>("num_features", 1280); features > 0) {
    net.stages.push_back(
        {"bn2", convNormAct(scope / "conv_head", scope / "bn2", channels, features,
                            {.padding = common.padding}, common.norm, activation(common.act))});
    channels = features;
  }
  const auto pool = a.get<std::string>("global_pool", "avg");
  net.setHead(globalPool(pool), classifier(scope / "classifier", channels * poolWidth(pool),
                                           a.get<std::int64_t>("num_classes", 1000)));
  return net;
}

Net buildMobileNetV3(const JsonField& a, const Scope& scope) {
  MobileCommon common = readCommon(a);
  common.squeezeFromExpanded = a.get("se_from_exp", true);
  common.layerScale = a.has("layer_scale_init_value");
  Net net;
  const std::int64_t channels = addTrunk(net, a, scope, common, 16);
  const auto features = a.get<std::int64_t>("num_features", 1280);
  const auto pool = a.get<std::string>("global_pool", "avg");
  const Act act = activation(common.act);
  const bool norm = a.get("head_norm", false), bias = a.get("head_bias", true);
  const std::int64_t pooled = channels * poolWidth(pool);
  const ConvSpec spec{.bias = !norm && bias, .padding = common.padding};
  // The head's convolution comes after pooling.
  const Layer head = norm ? convNormAct(scope / "conv_head", scope / "norm_head", pooled, features,
                                        spec, common.norm, act)
                          : chain(conv(scope / "conv_head", pooled, features, spec),
                                  [act](const at::Tensor& x) { return act(x); });
  const Layer pooling = globalPool(pool);
  const bool flat = !pool.empty();
  net.setHead(
      [=](const at::Tensor& x) {
        const at::Tensor y = pooling(x);
        return flat ? head(y.unsqueeze(-1).unsqueeze(-1)).flatten(1) : head(y);
      },
      classifier(scope / "classifier", features, a.get<std::int64_t>("num_classes", 1000)));
  return net;
}

}  // namespace orrery::models::timm
