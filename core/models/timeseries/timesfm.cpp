#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/models/timeseries/series_families.h"
#include "core/models/timeseries/timesfm_config.h"
#include "core/models/vision/vit_model.h"
#include "core/nn/norm.h"

/// TimesFM (Das et al. 2024): a causal decoder over patches that forecasts without being fitted.
namespace orrery::models::timeseries {
namespace {

class ResidualBlock {
 public:
  ResidualBlock(const nn::Weights& w, std::int64_t in, std::int64_t hidden, std::int64_t out)
      : input_(w / "input_layer", in, hidden),
        output_(w / "output_layer", hidden, out),
        residual_(w / "residual_layer", in, out) {}
  at::Tensor operator()(const at::Tensor& x) const {
    return output_(at::silu(input_(x))) + residual_(x);
  }

 private:
  nn::Linear input_, output_, residual_;
};

class TimesFmLayer {
 public:
  TimesFmLayer(const nn::Weights& w, const TimesFmConfig& c)
      : heads_(c.heads),
        dim_(c.headDim),
        scaling_((w / "self_attn").tensor("scaling", {c.headDim})),
        q_(w / "self_attn" / "q_proj", c.hidden, c.heads * c.headDim),
        k_(w / "self_attn" / "k_proj", c.hidden, c.heads * c.headDim),
        v_(w / "self_attn" / "v_proj", c.hidden, c.heads * c.headDim),
        o_(w / "self_attn" / "o_proj", c.heads * c.headDim, c.hidden),
        gate_(w / "mlp" / "gate_proj", c.hidden, c.ffn),
        down_(w / "mlp" / "down_proj", c.ffn, c.hidden),
        inputNorm_(w / "input_layernorm", c.hidden, c.epsilon),
        mlpNorm_(w / "mlp" / "layer_norm", c.hidden, 1e-6) {}

  /// x [batch, patches, hidden]; padding [batch, patches], 1 where a patch is padding alone.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& mask,
                        const at::Tensor& padding) const {
    const at::Tensor y = x + attention(inputNorm_(x), mask);
    return y + down_(at::relu(gate_(mlpNorm_(y)))) * (1.0 - padding.unsqueeze(-1));
  }

 private:
  at::Tensor attention(const at::Tensor& x, const at::Tensor& mask) const {
    const auto split = [&](const at::Tensor& y) {
      return y.view({x.size(0), x.size(1), heads_, dim_}).transpose(1, 2);
    };
    const double unit = 1.442695041 / std::sqrt(static_cast<double>(dim_));
    const at::Tensor q = split(q_(x)) * (at::softplus(scaling_) * unit);
    return o_(nn::attend(q, split(k_(x)), split(v_(x)), mask, {.scale = 1}));
  }

  std::int64_t heads_, dim_;
  at::Tensor scaling_;
  nn::Linear q_, k_, v_, o_, gate_, down_;
  nn::RmsNorm inputNorm_;
  nn::LayerNorm mlpNorm_;
};

/// What the decoder gives, with what brings it back to the size of the series.
struct Decoded {
  at::Tensor hidden;      ///< [batch, patches, hidden]
  at::Tensor loc, scale;  ///< [batch]
};

/// Mean and deviation of the first patch of each row with three values or more, else of the last.
/// patches, pads [batch, patches, patch].
Decoded statistics(const at::Tensor& patches, const at::Tensor& pads) {
  const at::Tensor full = (1 - pads).sum(2).ge(3).to(at::kInt);
  const at::Tensor index =
      at::where(full.sum(1) == 0, at::full({}, patches.size(1) - 1, at::kLong), full.argmax(1));
  const at::Tensor rows = index.view({-1, 1, 1}).expand({-1, 1, patches.size(2)});
  const at::Tensor values = patches.gather(1, rows).squeeze(1);
  const at::Tensor seen = 1 - pads.gather(1, rows).squeeze(1);
  const at::Tensor count = seen.sum(1).clamp_min(1.0);
  const at::Tensor mean = (values * seen).sum(1) / count;
  const at::Tensor spread = ((values - mean.unsqueeze(1)) * seen).square().sum(1) / count;
  return {{}, mean, at::sqrt(spread.clamp_min(0.0))};
}

class TimesFmDecoder {
 public:
  TimesFmDecoder(const nn::Weights& w, const TimesFmConfig& c)
      : config_(c),
        input_(w / "input_ff_layer", 2 * c.patch, c.ffn, c.hidden),
        frequencies_(w / "freq_emb", c.frequencies, c.hidden) {
    if (c.positions) timescales_ = (w / "position_emb").tensor("inv_timescales", {c.hidden / 2});
    for (std::int64_t i = 0; i < c.layers; ++i) layers_.emplace_back(w / "layers" / i, c);
  }

  /// values and padding [batch, steps], freq [batch, 1].
  Decoded operator()(const at::Tensor& values, const at::Tensor& padding,
                     const at::Tensor& freq) const {
    if (values.dim() != 2 || values.sizes() != padding.sizes() ||
        values.size(1) % config_.patch != 0 || values.numel() == 0)
      throw Error(ErrorKind::kInvalidInput,
                  "input \"past_values\": expected [batch, a multiple of {} steps] and padding of "
                  "that shape, found {} and {}",
                  config_.patch, nn::shapeText(values.sizes().vec()),
                  nn::shapeText(padding.sizes().vec()));
    const auto split = [&](const at::Tensor& x) {
      return x.reshape({x.size(0), -1, config_.patch});
    };
    const auto isPad = [&](const at::Tensor& x) {
      return (x - config_.padValue).abs() < config_.tolerance;
    };
    at::Tensor pads = split(padding), patches = split(values);
    patches = patches.masked_fill((pads - 1.0).abs() < config_.tolerance, 0.0);
    pads = pads.masked_fill(isPad(patches), 1.0);
    Decoded result = statistics(patches, pads);
    const at::Tensor scale = result.scale = result.scale.clamp_min(config_.tolerance);
    const at::Tensor normal = (patches - result.loc.view({-1, 1, 1})) / scale.view({-1, 1, 1});
    patches = normal.masked_fill(isPad(patches), config_.padValue) * (1.0 - pads);
    const at::Tensor padded = pads.amin(-1);  // [batch, patches]
    at::Tensor x = input_(at::cat({patches, pads}, -1));
    if (config_.positions) x = x + positions(padded);
    x = x + frequencies_(freq);
    const at::Tensor mask = maskOf(padded);
    for (const TimesFmLayer& layer : layers_) x = layer(x, mask, padded);
    result.hidden = x;
    return result;
  }

 private:
  static at::Tensor maskOf(const at::Tensor& padded) {
    constexpr double kHidden = std::numeric_limits<float>::lowest();
    const std::int64_t count = padded.size(1);
    const at::Tensor rows = (padded * kHidden).view({-1, 1, 1, count});
    return at::minimum(rows, at::full({count, count}, kHidden, at::kFloat).triu(1));
  }

  /// Waves that begin at the first patch that is not padding.
  at::Tensor positions(const at::Tensor& padded) const {
    const std::int64_t count = padded.size(1);
    const at::Tensor angle = at::arange(count, at::kFloat).unsqueeze(1) * timescales_.unsqueeze(0);
    const at::Tensor waves = at::cat({angle.sin(), angle.cos()}, 1);
    const at::Tensor real = padded == 0;
    const at::Tensor first =
        at::where(real.any(1), real.to(at::kInt).argmax(1), at::full({}, -1, at::kLong));
    const at::Tensor index =
        (at::arange(count, at::kLong).unsqueeze(0) - first.unsqueeze(1)).remainder(count);
    return waves.index_select(0, index.flatten()).view({padded.size(0), count, -1});
  }

  TimesFmConfig config_;
  ResidualBlock input_;
  nn::Embedding frequencies_;
  at::Tensor timescales_;
  std::vector<TimesFmLayer> layers_;
};

class TimesFmModel : public Model {
 public:
  TimesFmModel(const nn::Weights& w, const TimesFmConfig& c) : decoder_(w, c) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer*) const override {
    checkInputs(inputs, {"past_values", "past_values_padding", "freq"});
    const Decoded decoded = decoder_(requireInput(inputs, "past_values").to(at::kFloat),
                                     requireInput(inputs, "past_values_padding").to(at::kFloat),
                                     requireInput(inputs, "freq").to(at::kLong).view({-1, 1}));
    return {{"last_hidden_state", decoded.hidden}, {"loc", decoded.loc}, {"scale", decoded.scale}};
  }

 private:
  TimesFmDecoder decoder_;
};

class TimesFmForPrediction : public Model {
 public:
  TimesFmForPrediction(const nn::Weights& w, const TimesFmConfig& c)
      : config_(c),
        decoder_(w / "decoder", c),
        head_(w / "horizon_ff_layer", c.hidden, c.ffn,
              c.horizon * (1 + static_cast<std::int64_t>(c.quantiles.size()))) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer*) const override {
    checkInputs(inputs, {"past_values", "freq", "future_values", "truncate_negative"});
    const at::Tensor past = requireInput(inputs, "past_values").to(at::kFloat);
    if (past.dim() != 2 || past.numel() == 0)
      throw Error(ErrorKind::kInvalidInput,
                  "input \"past_values\": expected [batch, steps], found {}",
                  nn::shapeText(past.sizes().vec()));
    const at::Tensor freq = inputIf(inputs, "freq");
    const auto [values, padding] = toContext(past);
    const Decoded decoded = decoder_(values, padding,
                                     freq.defined() ? freq.to(at::kLong).view({-1, 1})
                                                    : at::zeros({past.size(0), 1}, at::kLong));
    at::Tensor full = forecast(decoded);
    if (flagInput(inputs, "truncate_negative") && values.ge(0).all().item<bool>())
      full = full.clamp_min(0.0);
    TensorMap outputs{{"last_hidden_state", decoded.hidden},
                      {"mean_predictions", full.select(2, 0)},
                      {"full_predictions", full}};
    if (const at::Tensor future = inputIf(inputs, "future_values"); future.defined())
      outputs["loss"] = loss(full, future.to(at::kFloat));
    return outputs;
  }

 private:
  /// The last steps of the context's length, zeros and padding before what is shorter.
  std::pair<at::Tensor, at::Tensor> toContext(const at::Tensor& past) const {
    const std::int64_t length = std::min(past.size(1), config_.context);
    const at::Tensor end = past.narrow(1, past.size(1) - length, length);
    const std::vector<std::int64_t> front{past.size(0), config_.context - length};
    return {at::cat({at::zeros(front, at::kFloat), end}, 1),
            at::cat({at::ones(front, at::kFloat), at::zeros_like(end)}, 1)};
  }

  /// [batch, horizon, 1 + quantiles]: mean and quantiles after the last patch.
  at::Tensor forecast(const Decoded& decoded) const {
    const std::int64_t last = decoded.hidden.size(1) - 1;
    const at::Tensor raw = head_(decoded.hidden.narrow(1, last, 1));
    return raw.view({raw.size(0), config_.horizon, -1}) * decoded.scale.view({-1, 1, 1}) +
           decoded.loc.view({-1, 1, 1});
  }

  at::Tensor loss(const at::Tensor& full, const at::Tensor& future) const {
    if (future.sizes() != full.select(2, 0).sizes())
      throw Error(ErrorKind::kInvalidInput, "input \"future_values\": expected [{}, {}], found {}",
                  full.size(0), full.size(1), nn::shapeText(future.sizes().vec()));
    at::Tensor pinball = at::zeros({}, at::kFloat);
    for (std::size_t i = 0; i < config_.quantiles.size(); ++i) {
      const double q = config_.quantiles[i];
      const at::Tensor error = future - full.select(2, static_cast<std::int64_t>(i) + 1);
      pinball = pinball + at::maximum((q - 1) * error, q * error).mean();
    }
    const auto count = static_cast<double>(config_.quantiles.size());
    return at::mse_loss(full.select(2, 0), future) + pinball / count;
  }

  TimesFmConfig config_;
  TimesFmDecoder decoder_;
  ResidualBlock head_;
};

}  // namespace

std::unique_ptr<Model> makeTimesFm(const ModelSpec& spec) {
  const auto config = TimesFmConfig::read(spec.config);
  if (spec.className.ends_with("ForPrediction"))
    return std::make_unique<TimesFmForPrediction>(spec.weights, config);
  if (!spec.className.ends_with("Model")) vision::refuseClass(spec.className, "timesfm");
  return std::make_unique<TimesFmModel>(baseScope(spec.weights, {"decoder"}), config);
}

}  // namespace orrery::models::timeseries
