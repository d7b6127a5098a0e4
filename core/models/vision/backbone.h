#pragma once

#include "core/models/families.h"

namespace orrery::models::vision {

/// A vision model as the part of another one that turns a picture into feature maps
/// (transformers' AutoBackbone).
class Backbone {
 public:
  virtual ~Backbone() = default;

  /// pixelValues [batch, channels, height, width] → one map [batch, channels_i, height_i, width_i]
  /// for each of the stages that the config asks for, from fine to coarse; of a ViT that does not
  /// reshape hidden states, the tokens [batch, tokens, channels_i] instead.
  virtual std::vector<at::Tensor> forward(const at::Tensor& pixelValues,
                                          const nn::Observer* observer = nullptr) const = 0;

  /// channels_i of each map.
  const std::vector<std::int64_t>& channels() const { return channels_; }

 protected:
  std::vector<std::int64_t> channels_;
};

/// The maps of some stages of a net: net(pixels, observer) gives those of all.
template <class Net>
class StagesBackbone : public Backbone {
 public:
  /// `width` gives the channels of a stage.
  template <class Width>
  StagesBackbone(Net net, std::vector<std::size_t> stages, const Width& width)
      : net_(std::move(net)), stages_(std::move(stages)) {
    for (const std::size_t stage : stages_) channels_.push_back(width(stage));
  }

  std::vector<at::Tensor> forward(const at::Tensor& pixelValues,
                                  const nn::Observer* observer) const override {
    const auto maps = net_(pixelValues, observer);
    std::vector<at::Tensor> result;
    for (const std::size_t stage : stages_) result.push_back(maps[stage]);
    return result;
  }

 private:
  Net net_;
  std::vector<std::size_t> stages_;
};

/// Builds the backbone of one model_type from its config and the scope of its weights.
using MakeBackbone = std::unique_ptr<Backbone> (*)(const JsonField& config,
                                                   const nn::Weights& weights);

/// The backbone that `config` (a backbone_config) describes. An Error names a model type that is
/// none.
std::unique_ptr<Backbone> makeBackbone(const JsonField& config, const nn::Weights& weights);

/// A backbone as a model of its own (transformers' …Backbone classes): pixel_values →
/// feature_maps.0, feature_maps.1, …
std::unique_ptr<Model> backboneModel(const ModelSpec& spec);

}  // namespace orrery::models::vision
