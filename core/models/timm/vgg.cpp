#include "core/base/error.h"
#include "core/models/timm/net.h"

namespace orrery::models::timm {
namespace {

/// VGG's dense layers as convolutions, of which the first sees the whole map.
Layer denseHead(const JsonField& a, const Scope& scope, std::int64_t in, std::int64_t out,
                Act act) {
  constexpr std::int64_t kSide = 7;
  const auto hidden = static_cast<std::int64_t>(static_cast<double>(out) * a.get("mlp_ratio", 1.0));
  const Layer first =
      conv(scope / "fc1", in, hidden, {.kernel = kSide, .bias = true, .padding = "valid"});
  const Layer second = conv(scope / "fc2", hidden, out, {.bias = true});
  return [=](const at::Tensor& x) {
    const bool small = x.size(2) < kSide || x.size(3) < kSide;
    const at::Tensor map =
        small ? at::adaptive_avg_pool2d(x, {std::max(kSide, x.size(2)), std::max(kSide, x.size(3))})
              : x;
    return act(second(act(first(map))));
  };
}

}  // namespace

Net buildVgg(const JsonField& a, const Scope& scope) {
  const Kind norm(a, "norm_layer");
  const Act act = activation(Kind(a, "act_layer", "ReLU"));
  std::int64_t channels = a.get<std::int64_t>("in_chans", 3), index = 0;
  Net net;
  const auto add = [&](Layer layer, std::int64_t modules) {
    index += modules;
    net.stages.push_back({fmt::format("features.{}", index - 1), std::move(layer)});
  };
  const Scope features = scope / "features";
  for (const JsonField& element : a["cfg"].elements()) {
    if (element.json() == "M") {
      add([](const at::Tensor& x) { return at::max_pool2d(x, {2, 2}, {2, 2}); }, 1);
      continue;
    }
    const auto out = element.as<std::int64_t>();
    const ConvSpec spec{.kernel = 3, .bias = true};
    if (norm) {
      add(convNormAct(features / index, features / (index + 1), channels, out, spec, norm, act), 3);
    } else {
      const Layer layer = conv(features / index, channels, out, spec);
      add([layer, act](const at::Tensor& x) { return act(layer(x)); }, 2);
    }
    channels = out;
  }
  constexpr std::int64_t kHidden = 4096;
  const auto pool = a.get<std::string>("global_pool", "avg");
  net.setHead(chain(denseHead(a, scope / "pre_logits", channels, kHidden, act), globalPool(pool)),
              classifier(scope / "head" / "fc", kHidden * poolWidth(pool),
                         a.get<std::int64_t>("num_classes", 1000)));
  return net;
}

}  // namespace orrery::models::timm
