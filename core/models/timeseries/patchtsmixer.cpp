#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/timeseries/patch_heads.h"
#include "core/models/timeseries/patch_model.h"
#include "core/models/timeseries/series_families.h"
#include "core/models/vision/vit_model.h"
#include "core/nn/training_pass.h"

/// PatchTSMixer (Ekambaram et al. 2023): perceptrons over patches, features and channels in turn.
namespace orrery::models::timeseries {
namespace {

using Aggregation = PatchMixerConfig::Aggregation;
using Bias = nn::Linear::Bias;
using nn::dropout;

/// Two layers over the last dimension.
class Perceptron {
 public:
  Perceptron(const nn::Weights& w, std::int64_t width, const PatchMixerConfig& c)
      : up_(w / "fc1", width, width * c.expansion, Bias::kRequired),
        down_(w / "fc2", width * c.expansion, width, Bias::kRequired),
        dropout_(c.dropout) {}
  at::Tensor operator()(const at::Tensor& x, const nn::TrainingPass* pass) const {
    return dropout(down_(dropout(at::gelu(up_(x)), dropout_, pass)), dropout_, pass);
  }

 private:
  nn::Linear up_, down_;
  double dropout_;
};

/// x times the shares that a layer gives its last dimension; x itself without gates.
class Gate {
 public:
  Gate(const nn::Weights& w, std::int64_t width, const PatchMixerConfig& c) : used_(c.gates) {
    if (used_) layer_ = nn::Linear(w / "attn_layer", width, width, Bias::kRequired);
  }
  at::Tensor operator()(const at::Tensor& x) const {
    return used_ ? x * at::softmax(layer_(x), -1) : x;
  }

 private:
  bool used_;
  nn::Linear layer_;
};

/// Norm, perceptron and gate over one dimension of [batch, channels, patches, hidden].
class Mixer {
 public:
  Mixer(const nn::Weights& w, std::int64_t width, const PatchMixerConfig& c)
      : norm_(w / "norm" / "norm", c.series, c.batchNorm),
        perceptron_(w / "mlp", width, c),
        gate_(w / "gating_block", width, c) {}

 protected:
  PatchNorm norm_;
  Perceptron perceptron_;
  Gate gate_;
};

class ChannelMixer : public Mixer {
 public:
  ChannelMixer(const nn::Weights& w, const PatchMixerConfig& c) : Mixer(w, c.series.channels, c) {}
  at::Tensor operator()(const at::Tensor& x, const nn::TrainingPass* pass) const {
    const at::Tensor turned = norm_(x, pass).permute({0, 3, 2, 1});
    return perceptron_(gate_(turned), pass).permute({0, 3, 2, 1}) + x;
  }
};

class PatchMixer : public Mixer {
 public:
  PatchMixer(const nn::Weights& w, const PatchMixerConfig& c)
      : Mixer(w, c.series.patches(), c), attends_(c.attention) {
    if (!attends_) return;
    attention_ =
        PatchAttention(w / "self_attn_layer", c.series.hidden, c.attentionHeads, c.dropout);
    attentionNorm_ = PatchNorm(w / "norm_attn" / "norm", c.series, c.batchNorm);
  }
  at::Tensor operator()(const at::Tensor& x, const nn::TrainingPass* pass) const {
    const at::Tensor normed = norm_(x, pass);
    at::Tensor mixed = gate_(perceptron_(normed.transpose(2, 3), pass)).transpose(2, 3);
    if (attends_) {
      const at::Tensor seen = attention_(normed.flatten(0, 1), pass).view(x.sizes());
      mixed = attentionNorm_(mixed + seen, pass);
    }
    return mixed + x;
  }

 private:
  bool attends_;
  PatchAttention attention_;
  PatchNorm attentionNorm_;
};

class FeatureMixer : public Mixer {
 public:
  FeatureMixer(const nn::Weights& w, const PatchMixerConfig& c) : Mixer(w, c.series.hidden, c) {}
  at::Tensor operator()(const at::Tensor& x, const nn::TrainingPass* pass) const {
    return gate_(perceptron_(norm_(x, pass), pass)) + x;
  }
};

struct Layer {
  Layer(const nn::Weights& w, const PatchMixerConfig& c)
      : patches(w / "patch_mixer", c), features(w / "feature_mixer", c) {
    if (c.mixChannels) channels.emplace(w / "channel_feature_mixer", c);
  }
  at::Tensor operator()(at::Tensor x, const nn::TrainingPass* pass) const {
    if (channels) x = (*channels)(x, pass);
    return features(patches(x, pass), pass);
  }
  std::optional<ChannelMixer> channels;
  PatchMixer patches;
  FeatureMixer features;
};

class Encoder {
 public:
  Encoder(const nn::Weights& w, const PatchMixerConfig& c)
      : patcher_(w / "patcher", c.series.patch, c.series.hidden, Bias::kRequired) {
    constexpr double kPositionDeviation = 0.1;
    if (c.series.positions != PatchConfig::Positions::kNone)
      positions_ =
          positionsOf(w / "positional_encoder", c.series, c.series.patches(), kPositionDeviation);
    for (std::int64_t i = 0; i < c.series.layers; ++i)
      layers_.emplace_back(w / "mlp_mixer_encoder" / "mixers" / i, c);
  }
  at::Tensor operator()(const at::Tensor& patches, const nn::TrainingPass* pass) const {
    at::Tensor x = patcher_(patches);
    if (positions_.defined()) x = x + positions_;
    for (const Layer& layer : layers_) x = layer(x, pass);
    return x;
  }

 private:
  nn::Linear patcher_;
  at::Tensor positions_;
  std::vector<Layer> layers_;
};

/// Mixes where a series lies and how far it spreads into its features; takes inject_scale.
class ScaleInjection {
 public:
  ScaleInjection(const nn::Weights& w, std::int64_t hidden)
      : mapUp_(w / "map_scale_expansion", 2, 4, Bias::kRequired),
        mapDown_(w / "map_scale_compression", 4, 2, Bias::kRequired),
        up_(w / "inverse_trans_expansion", hidden + 2, 2 * hidden, Bias::kRequired),
        down_(w / "inverse_trans_compression", 2 * hidden, hidden, Bias::kRequired) {}
  at::Tensor operator()(const at::Tensor& x, const PatchedSeries& series) const {
    const at::Tensor sizes = at::cat({series.loc, series.scale}, 1).transpose(1, 2).unsqueeze(2);
    const at::Tensor mapped = mapDown_(mapUp_(sizes)).expand({x.size(0), x.size(1), x.size(2), 2});
    return down_(up_(at::cat({x, mapped}, -1)));
  }

 private:
  nn::Linear mapUp_, mapDown_, up_, down_;
};

class PatchMixerModel : public PatchModel<PatchMixerConfig, Encoder> {
 public:
  PatchMixerModel(const nn::Weights& w, const PatchMixerConfig& c)
      : PatchModel(w, c, "observed_mask") {}
};

class Prediction : public PatchMixerModel {
 public:
  Prediction(const nn::Weights& w, const PatchMixerConfig& c)
      : PatchMixerModel(w / "model", c),
        head_(w / "head" / "base_forecast_block", c.series, c.series.patches() * c.series.hidden,
              c.series.horizon) {}

 private:
  TensorMap run(const PatchedSeries& series, const TensorMap& inputs,
                const nn::TrainingPass* pass) const override {
    const PatchConfig& c = config_.series;
    const at::Tensor x = encoder_(series.patches, pass);
    const at::Tensor future = targetOf(inputs, "future_values", {x.size(0), c.horizon, c.channels});
    TensorMap outputs = head_.forecast(dropout(x.flatten(2), c.headDropout, pass), series, future,
                                       config_.predicted);
    outputs["last_hidden_state"] = x;
    return outputs;
  }

  SeriesHead head_;
};

/// A regression or classification: features of all channels and patches in one row.
class Summary : public PatchMixerModel {
 public:
  Summary(const nn::Weights& w, const PatchMixerConfig& c, bool classifies)
      : PatchMixerModel(w / "model", c), classifies_(classifies) {
    if (c.series.scaling != PatchConfig::Scaling::kNone)
      inject_.emplace(w / "inject_scale", c.series.hidden);
    const std::int64_t times = c.aggregation == Aggregation::kNone ? c.series.patches() : 1;
    PatchConfig head = c.series;
    head.likelihood = head.likelihood && !classifies;
    head_ = SeriesHead(w / "head" / "projection", head, c.series.hidden * c.series.channels * times,
                       c.series.targets);
  }

 private:
  TensorMap run(const PatchedSeries& series, const TensorMap& inputs,
                const nn::TrainingPass* pass) const override {
    at::Tensor x = encoder_(series.patches, pass);
    if (inject_) x = (*inject_)(x, series);
    const at::Tensor row = dropout(aggregated(x), config_.series.headDropout, pass);
    TensorMap outputs;
    if (classifies_) {
      const at::Tensor values = head_.regress(row, {}).at("regression_outputs");
      outputs = classified("prediction_outputs", values, inputs);
    } else {
      outputs = head_.regress(
          row, targetOf(inputs, "target_values", {x.size(0), config_.series.targets}));
    }
    outputs["last_hidden_state"] = x;
    return outputs;
  }

  /// [batch, channels, patches, hidden] → [batch, features].
  at::Tensor aggregated(const at::Tensor& x) const {
    switch (config_.aggregation) {
      case Aggregation::kLast:
        return x.select(2, x.size(2) - 1).flatten(1);
      case Aggregation::kMax:
        return std::get<0>(x.max(2)).flatten(1);
      case Aggregation::kMean:
        return x.mean(2).flatten(1);
      case Aggregation::kNone:
        break;
    }
    return x.transpose(2, 3).flatten(1);
  }

  bool classifies_;
  std::optional<ScaleInjection> inject_;
  SeriesHead head_;
};

}  // namespace

std::unique_ptr<Model> makePatchMixer(const ModelSpec& spec) {
  const auto config = PatchMixerConfig::read(spec.config);
  const std::string& name = spec.className;
  if (name.ends_with("ForPrediction")) return std::make_unique<Prediction>(spec.weights, config);
  if (name.ends_with("ForRegression") || name.ends_with("ForTimeSeriesClassification"))
    return std::make_unique<Summary>(spec.weights, config, !name.ends_with("ForRegression"));
  if (!name.ends_with("Model")) vision::refuseClass(name, "patchtsmixer");
  return std::make_unique<PatchMixerModel>(baseScope(spec.weights, {"model"}), config);
}

}  // namespace orrery::models::timeseries
