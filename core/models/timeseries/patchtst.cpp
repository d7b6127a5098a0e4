#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/timeseries/patch_heads.h"
#include "core/models/timeseries/patch_model.h"
#include "core/models/timeseries/patch_parts.h"
#include "core/models/timeseries/series_families.h"
#include "core/models/vision/vit_model.h"
#include "core/nn/activation.h"
#include "core/nn/training_pass.h"

/// PatchTST (Nie et al. 2023): a transformer over the patches of each channel by itself.
namespace orrery::models::timeseries {
namespace {

using Bias = nn::Linear::Bias;
using Pooling = PatchTstConfig::Pooling;
using nn::dropout;

class Layer {
 public:
  Layer(const nn::Weights& w, const PatchTstConfig& c)
      : config_(c),
        attention_(w / "self_attn", c.series.hidden, c.heads, c.attentionDropout),
        norm1_(w / "norm_sublayer1", c.series, c.batchNorm),
        norm3_(w / "norm_sublayer3", c.series, c.batchNorm),
        up_(w / "ff" / 0, c.series.hidden, c.ffn, c.bias ? Bias::kRequired : Bias::kNone),
        down_(w / "ff" / 3, c.ffn, c.series.hidden, c.bias ? Bias::kRequired : Bias::kNone),
        activation_(nn::activation(c.activation)) {
    if (c.channelAttention) norm2_ = PatchNorm(w / "norm_sublayer2", c.series, c.batchNorm);
  }

  /// x [batch, channels, patches, hidden] → the same shape.
  at::Tensor operator()(const at::Tensor& x, const nn::TrainingPass* pass) const {
    const auto attend = [&](const at::Tensor& rows) { return attention_(rows, pass); };
    const auto feed = [&](const at::Tensor& rows) {
      return down_(dropout(activation_(up_(rows)), config_.ffDropout, pass));
    };
    at::Tensor y = branch(x.flatten(0, 1), norm1_, attend, pass).view(x.sizes());
    if (config_.channelAttention) {
      const at::Tensor turned = y.transpose(1, 2).contiguous();
      y = branch(turned.flatten(0, 1), norm2_, attend, pass).view(turned.sizes()).transpose(1, 2);
    }
    return branch(y.flatten(0, 1), norm3_, feed, pass).view(x.sizes());
  }

 private:
  template <class Part>
  at::Tensor branch(const at::Tensor& x, const PatchNorm& norm, const Part& part,
                    const nn::TrainingPass* pass) const {
    if (config_.preNorm) return x + dropout(part(norm(x, pass)), config_.pathDropout, pass);
    return norm(x + dropout(part(x), config_.pathDropout, pass), pass);
  }

  PatchTstConfig config_;
  PatchAttention attention_;
  PatchNorm norm1_, norm2_, norm3_;
  nn::Linear up_, down_;
  nn::Activation activation_;
};

class Encoder {
 public:
  Encoder(const nn::Weights& w, const PatchTstConfig& c) : config_(c) {
    const nn::Weights embedder = w / "embedder" / "input_embedding";
    for (std::int64_t i = 0; i < (c.sharedEmbedding ? 1 : c.series.channels); ++i)
      embeddings_.emplace_back(c.sharedEmbedding ? embedder : embedder / i, c.series.patch,
                               c.series.hidden, Bias::kRequired);
    const nn::Weights positions = w / "positional_encoder";
    constexpr double kTokenDeviation = 0.02;
    if (c.classToken)
      token_ = positions.tensor("cls_token", {1, 1, 1, c.series.hidden},
                                [](at::Tensor& value, const at::Generator& generator) {
                                  value.normal_(0, kTokenDeviation, generator);
                                });
    positions_ = positionsOf(positions, c.series, c.series.patches() + (c.classToken ? 1 : 0), 1);
    for (std::int64_t i = 0; i < c.series.layers; ++i) layers_.emplace_back(w / "layers" / i, c);
  }

  /// patches [batch, channels, patches, patch length] → [batch, channels, places, hidden].
  at::Tensor operator()(const at::Tensor& patches, const nn::TrainingPass* pass) const {
    at::Tensor x = place(embed(patches), pass);
    for (const Layer& layer : layers_) x = layer(x, pass);
    return x;
  }

 private:
  at::Tensor embed(const at::Tensor& patches) const {
    if (config_.sharedEmbedding) return embeddings_[0](patches);
    std::vector<at::Tensor> channels;
    for (std::size_t i = 0; i < embeddings_.size(); ++i)
      channels.push_back(embeddings_[i](patches.select(1, static_cast<std::int64_t>(i))));
    return at::stack(channels, 1);
  }

  at::Tensor place(const at::Tensor& x, const nn::TrainingPass* pass) const {
    if (!config_.classToken) return dropout(x + positions_, config_.positionalDropout, pass);
    const at::Tensor own = positions_.narrow(0, 1, positions_.size(0) - 1);
    const at::Tensor token = (token_ + positions_.narrow(0, 0, 1))
                                 .expand({x.size(0), x.size(1), 1, config_.series.hidden});
    return at::cat({token, dropout(x + own, config_.positionalDropout, pass)}, 2);
  }

  PatchTstConfig config_;
  std::vector<nn::Linear> embeddings_;
  at::Tensor token_, positions_;
  std::vector<Layer> layers_;
};

class PatchTst : public PatchModel<PatchTstConfig, Encoder> {
 public:
  PatchTst(const nn::Weights& w, const PatchTstConfig& c)
      : PatchModel(w, c, "past_observed_mask") {}

 protected:
  /// [batch, channels, hidden], or with the patches where nothing pools them.
  at::Tensor pooled(const PatchedSeries& series, const nn::TrainingPass* pass) const {
    const at::Tensor x = encoder_(series.patches, pass);
    if (config_.classToken) return x.select(2, 0);
    if (config_.pooling == Pooling::kMean) return x.mean(2);
    return config_.pooling == Pooling::kMax ? std::get<0>(x.max(2)) : x;
  }
};

class Prediction : public PatchTst {
 public:
  Prediction(const nn::Weights& w, const PatchTstConfig& c) : PatchTst(w / "model", c) {
    const bool whole = c.pooling == Pooling::kNone && !c.classToken;
    head_ = SeriesHead(w / "head" / "projection", c.series,
                       whole ? c.series.hidden * c.series.patches() : c.series.hidden,
                       c.series.horizon);
  }

 private:
  TensorMap run(const PatchedSeries& series, const TensorMap& inputs,
                const nn::TrainingPass* pass) const override {
    const PatchConfig& c = config_.series;
    const at::Tensor features = dropout(pooled(series, pass).flatten(2), c.headDropout, pass);
    const at::Tensor future =
        targetOf(inputs, "future_values", {features.size(0), c.horizon, c.channels});
    return head_.forecast(features, series, future);
  }

  SeriesHead head_;
};

class Regression : public PatchTst {
 public:
  Regression(const nn::Weights& w, const PatchTstConfig& c)
      : PatchTst(w / "model", c),
        head_(w / "head" / "projection", c.series, c.series.channels * c.series.hidden,
              c.series.targets) {}

 private:
  TensorMap run(const PatchedSeries& series, const TensorMap& inputs,
                const nn::TrainingPass* pass) const override {
    const PatchConfig& c = config_.series;
    const at::Tensor features = dropout(pooled(series, pass).flatten(1), c.headDropout, pass);
    return head_.regress(features,
                         targetOf(inputs, "target_values", {features.size(0), c.targets}));
  }

  SeriesHead head_;
};

class Classification : public PatchTst {
 public:
  Classification(const nn::Weights& w, const PatchTstConfig& c)
      : PatchTst(w / "model", c),
        linear_(w / "head" / "linear", c.series.channels * c.series.hidden, c.series.targets,
                Bias::kRequired) {}

 private:
  TensorMap run(const PatchedSeries& series, const TensorMap& inputs,
                const nn::TrainingPass* pass) const override {
    const at::Tensor features =
        dropout(pooled(series, pass).flatten(1), config_.series.headDropout, pass);
    return classified("prediction_logits", linear_(features), inputs);
  }

  nn::Linear linear_;
};

}  // namespace

std::unique_ptr<Model> makePatchTst(const ModelSpec& spec) {
  const auto config = PatchTstConfig::read(spec.config);
  const std::string& name = spec.className;
  if (name.ends_with("ForPrediction")) return std::make_unique<Prediction>(spec.weights, config);
  const bool pools = config.classToken || config.pooling != Pooling::kNone;
  const bool summarises = name.ends_with("ForRegression") || name.ends_with("ForClassification");
  if (summarises && !pools)
    throw spec.config["pooling_type"].error("expected \"mean\" or \"max\" for " + name);
  if (name.ends_with("ForRegression")) return std::make_unique<Regression>(spec.weights, config);
  if (name.ends_with("ForClassification"))
    return std::make_unique<Classification>(spec.weights, config);
  if (!name.ends_with("Model")) vision::refuseClass(name, "patchtst");
  return std::make_unique<PatchTst>(baseScope(spec.weights, {"model"}), config);
}

}  // namespace orrery::models::timeseries
