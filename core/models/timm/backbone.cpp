#include "core/models/timm/net.h"
#include "core/models/timm/timm_config.h"
#include "core/models/vision/vision_families.h"

namespace orrery::models::vision {
namespace {

/// Feature maps of a model of timm's.
class TimmBackbone : public Backbone {
 public:
  TimmBackbone(const timm::BackboneArchitecture& parts, const std::string& source,
               const nn::Weights& weights)
      : net_(timm::build(parts.architecture, source, weights, parts.outIndices.back() + 1)),
        out_(parts.outIndices) {
    for (const std::size_t index : out_) channels_.push_back(net_.features[index].channels);
  }

  std::vector<at::Tensor> forward(const at::Tensor& pixelValues,
                                  const nn::Observer* observer) const override {
    std::vector<at::Tensor> maps;
    at::Tensor x = pixelValues;
    for (std::size_t done = 0; done < net_.stages.size();) {
      x = net_.stages[done].layer(x);
      if (observer) (*observer)(net_.stages[done].name, x);
      ++done;
      if (net_.features[out_[maps.size()]].stages == done) maps.push_back(x);
    }
    return maps;
  }

 private:
  timm::Net net_;
  std::vector<std::size_t> out_;
};

}  // namespace

std::unique_ptr<Backbone> makeTimmBackbone(const JsonField& config, const nn::Weights& weights) {
  // DETR and its kin have the net itself for their backbone, others transformers' wrapper of it.
  return std::make_unique<TimmBackbone>(timm::readBackbone(config), config.name(),
                                        baseScope(weights, {"_backbone"}));
}

}  // namespace orrery::models::vision
