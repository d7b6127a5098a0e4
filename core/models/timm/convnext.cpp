#include "core/base/error.h"
#include "core/models/timm/net.h"
#include "core/models/timm/transformer.h"

namespace orrery::models::timm {
namespace {

struct ConvNextConfig {
  explicit ConvNextConfig(const JsonField& a)
      : act(activation(Kind(a, "act_layer", "gelu"))),
        norm{.kind = Kind(a, "norm_layer", "layernorm"), .eps = a.get("norm_eps", 1e-6)},
        convMlp(a.get("conv_mlp", false)),
        bias(a.get("conv_bias", true)),
        responseNorm(a.get("use_grn", false)),
        layerScale(!a.json().contains("ls_init_value") || a.has("ls_init_value")) {}

  /// The norm of [batch, channels, height, width].
  Layer norm2d(const Scope& scope, std::int64_t channels) const {
    return [layer = norm(scope, channels)](const at::Tensor& x) {
      return layer(x.permute({0, 2, 3, 1})).permute({0, 3, 1, 2});
    };
  }

  Act act;
  Norm norm;
  bool convMlp, bias, responseNorm, layerScale;
};

/// Global response normalisation (Woo et al. 2023) of [batch, height, width, channels].
Layer responseNorm(const Scope& scope, std::int64_t channels) {
  const at::Tensor weight = scope.tensor("weight", {channels});
  const at::Tensor bias = scope.tensor("bias", {channels});
  return [=](const at::Tensor& x) {
    const at::Tensor size = at::linalg_vector_norm(x, 2, at::IntArrayRef{1, 2}, true);
    const at::Tensor share = size / (size.mean(-1, true) + 1e-6);
    return x + at::addcmul(bias, weight, x * share);
  };
}

/// A product over the channels, kept as a matrix or as a 1×1 convolution.
Layer pointwise(const Scope& scope, std::int64_t in, std::int64_t out, bool isConvolution) {
  if (!isConvolution) return linear(scope, in, out);
  const at::Tensor weight = scope.tensor("weight", {out, in, 1, 1}).view({out, in});
  return nn::Linear(nn::viewOf(weight, checkpoint::DType::kF32), scope.tensor("bias", {out}),
                    scope.weights.precision());
}

Layer block(const Scope& scope, std::int64_t channels, std::int64_t kernel, std::int64_t dilation,
            const ConvNextConfig& c) {
  const Layer depthwise =
      conv(scope / "conv_dw", channels, channels,
           {.kernel = kernel, .dilation = dilation, .groups = channels, .bias = c.bias});
  const Layer norm = c.norm(scope / "norm", channels);
  const Scope mlp = scope / "mlp";
  const Layer up = pointwise(mlp / "fc1", channels, 4 * channels, c.convMlp);
  const Layer middle = c.responseNorm ? responseNorm(mlp / "grn", 4 * channels) : Layer(identity);
  const Layer down = pointwise(mlp / "fc2", 4 * channels, channels, c.convMlp);
  const at::Tensor gamma = c.layerScale ? scope.tensor("gamma", {channels}) : at::Tensor();
  return [=, act = c.act](const at::Tensor& x) {
    at::Tensor y = down(middle(act(up(norm(depthwise(x).permute({0, 2, 3, 1}))))));
    if (gamma.defined()) y = y * gamma;
    return x + y.permute({0, 3, 1, 2});
  };
}

Layer stem(const Scope& scope, const JsonField& a, std::int64_t out, const ConvNextConfig& c) {
  const auto type = a.get<std::string>("stem_type", "patch");
  const auto in = a.get<std::int64_t>("in_chans", 3);
  if (type == "patch") {
    const auto patch = a.get<std::int64_t>("patch_size", 4);
    const ConvSpec patches{.kernel = patch, .stride = patch, .bias = c.bias, .padding = "valid"};
    return chain(conv(scope / 0, in, out, patches), c.norm2d(scope / 1, out));
  }
  if (type != "overlap" && type != "overlap_tiered" && type != "overlap_act")
    throw a["stem_type"].error(
        fmt::format("{} is not one of patch, overlap, overlap_tiered, overlap_act", quoted(type)));
  const std::int64_t middle =
      type == "overlap_tiered" ? makeDivisible(static_cast<double>(out / 2)) : out;
  const ConvSpec half{.kernel = 3, .stride = 2, .bias = c.bias};
  Layer first = conv(scope / 0, in, middle, half);
  std::int64_t next = 1;
  if (type == "overlap_act") {
    first = [first, act = c.act](const at::Tensor& x) { return act(first(x)); };
    ++next;
  }
  return chain(chain(first, conv(scope / next, middle, out, half)),
               c.norm2d(scope / (next + 1), out));
}

/// Pooling, norm and an optional hidden layer; or pooling alone behind a norm.
void addHead(Net& net, const JsonField& a, const Scope& scope, std::int64_t channels,
             const ConvNextConfig& c) {
  const Scope head = scope / "head";
  const auto pool = a.get<std::string>("global_pool", "avg");
  const auto classes = a.get<std::int64_t>("num_classes", 1000);
  if (a.get("head_norm_first", false)) {
    net.stages.push_back({"norm_pre", c.norm2d(scope / "norm_pre", channels)});
    net.setHead(globalPool(pool), classifier(head / "fc", channels * poolWidth(pool), classes));
    return;
  }
  if (pool.empty()) throw a["global_pool"].error("expected one, as the head has a norm after it");
  Layer features = chain(globalPool(pool), c.norm(head / "norm", channels));
  if (const auto hidden = a.get<std::int64_t>("head_hidden_size", 0); hidden > 0) {
    const Layer dense = linear(head / "pre_logits" / "fc", channels, hidden);
    features = [features, dense](const at::Tensor& x) { return at::gelu(dense(features(x))); };
    channels = hidden;
  }
  net.setHead(features, classifier(head / "fc", channels, classes));
}

}  // namespace

Net buildConvNext(const JsonField& a, const Scope& scope) {
  const ConvNextConfig c(a);
  using Sizes = std::vector<std::int64_t>;
  const auto depths = a.get("depths", Sizes{3, 3, 9, 3});
  const auto dims = a.get("dims", Sizes{96, 192, 384, 768});
  Sizes kernels(4, 7);
  if (const auto field = a.find("kernel_sizes"))
    kernels = field->json().is_array() ? field->as<Sizes>() : Sizes(4, field->as<std::int64_t>());
  if (depths.size() != 4 || dims.size() != 4 || kernels.size() != 4)
    throw a.error("expected depths, dims and kernel_sizes of four stages");
  Net net;
  net.stages.push_back({"stem", stem(scope / "stem", a, dims[0], c)});
  const auto outputStride = a.get<std::int64_t>("output_stride", 32);
  std::int64_t reached = a.get<std::int64_t>("patch_size", 4), dilation = 1;
  for (std::size_t i = 0; i < 4; ++i) {
    const Scope stage = scope / "stages" / static_cast<std::int64_t>(i);
    const std::int64_t in = dims[i == 0 ? 0 : i - 1];
    std::int64_t stride = i > 0 || reached == 2 ? 2 : 1;
    if (reached >= outputStride && stride > 1) {
      dilation *= stride;
      stride = 1;
    }
    reached *= stride;
    const std::int64_t first = dilation <= 2 ? 1 : 2;
    if (in != dims[i] || stride > 1 || first != dilation) {
      const ConvSpec down{.kernel = stride > 1 || first != dilation ? 2 : 1,
                          .stride = stride,
                          .dilation = first,
                          .bias = c.bias,
                          .padding = dilation > 1 ? "same" : "valid"};
      net.stages.push_back({fmt::format("stages.{}.downsample", i),
                            chain(c.norm2d(stage / "downsample" / 0, in),
                                  conv(stage / "downsample" / 1, in, dims[i], down))});
    }
    for (std::int64_t j = 0; j < depths[i]; ++j)
      net.stages.push_back({fmt::format("stages.{}.blocks.{}", i, j),
                            block(stage / "blocks" / j, dims[i], kernels[i], dilation, c)});
  }
  addHead(net, a, scope, dims[3], c);
  return net;
}

}  // namespace orrery::models::timm
