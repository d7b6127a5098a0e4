#include <ATen/ops/fft_irfft.h>
#include <ATen/ops/fft_rfft.h>

#include <cmath>

#include "core/base/error.h"
#include "core/models/timeseries/prediction_model.h"
#include "core/models/timeseries/series_families.h"

/// Autoformer (Wu et al. 2021): attention to delays, and trends taken out layer by layer.
namespace orrery::models::timeseries {
namespace {

constexpr double kEpsilon = 1e-5;

/// Adds up the values at the delays at which queries and keys agree most.
class AutoCorrelation : public Mixer {
 public:
  AutoCorrelation(const nn::Weights& weights, std::int64_t hidden, std::int64_t heads,
                  std::int64_t factor)
      : Mixer(Projections(weights, hidden, heads)), factor_(factor) {}

  at::Tensor operator()(const at::Tensor& x, const at::Tensor& memory, const at::Tensor&,
                        const Pass& pass) const override {
    at::Tensor q = own_.split(own_.q(x)), k = own_.split(own_.k(memory)),
               v = own_.split(own_.v(memory));
    const std::int64_t time = q.size(2);
    matchLengths(q, k, v);
    const at::Tensor products = at::fft_rfft(q, time, 2) * at::conj(at::fft_rfft(k, time, 2));
    const at::Tensor correlation = at::fft_irfft(products, time, 2).mean({1, 3});
    return own_.out(own_.join(aggregate(v, correlation, pass.training != nullptr)));
  }

 private:
  /// Keys and values as long as the queries: cut, or filled with zeros; then the reference looks
  /// only at as many queries as it filled in.
  static void matchLengths(at::Tensor& q, at::Tensor& k, at::Tensor& v) {
    const std::int64_t time = q.size(2), keys = v.size(2);
    if (time <= keys) {
      k = k.narrow(2, 0, time), v = v.narrow(2, 0, time);
      return;
    }
    q = q.narrow(2, 0, time - keys);
    const at::Tensor zeros = at::zeros_like(q);
    k = at::cat({k, zeros}, 2), v = at::cat({v, zeros}, 2);
  }

  /// How many delays of a sequence of `time` steps are looked at.
  std::int64_t countOf(std::int64_t time) const {
    const auto count = static_cast<std::int64_t>(static_cast<double>(factor_) *
                                                 std::log(static_cast<double>(time)));
    if (count > time)
      throw Error(ErrorKind::kInvalidInput,
                  "autocorrelation_factor {} asks for {} delays of a sequence of {} steps", factor_,
                  count, time);
    return count;
  }

  /// v [batch, heads, time, dim] at its best delays by `correlation` [batch, time]: of each series,
  /// or in training those that are best for the whole batch.
  at::Tensor aggregate(const at::Tensor& v, const at::Tensor& correlation, bool shared) const {
    const std::int64_t batch = v.size(0), heads = v.size(1), time = v.size(2);
    const std::int64_t count = countOf(time);
    at::Tensor delays = std::get<1>((shared ? correlation.mean(0, true) : correlation).topk(count));
    delays = delays.expand({batch, count});
    const at::Tensor best = correlation.gather(1, delays);
    // The reference pairs rows (series, head) with delays series by series: row r has those of
    // series r modulo the batch.
    const at::Tensor weights = at::softmax(best, -1).repeat({heads, 1}).view({batch, heads, count});
    const at::Tensor delay = delays.repeat({heads, 1}).view({batch, heads, count});
    const at::Tensor twice = at::cat({v, v}, 2);
    const at::Tensor steps = at::arange(time, at::kLong).view({1, 1, time, 1});
    at::Tensor sum = at::zeros_like(v);
    for (std::int64_t i = 0; i < count; ++i) {
      const at::Tensor index =
          (steps + delay.select(2, i).view({batch, heads, 1, 1})).expand(v.sizes());
      sum = sum + twice.gather(2, index) * weights.select(2, i).view({batch, heads, 1, 1});
    }
    return sum;
  }

  std::int64_t factor_;
};

/// A series as what is smooth and the rest.
struct Parts {
  at::Tensor seasonal, trend;
};

/// x [batch, time, channels]; the trend is a mean over `window` steps, the ends repeated.
Parts decompose(const at::Tensor& x, std::int64_t window) {
  const std::int64_t pad = (window - 1) / 2;
  const at::Tensor front = x.narrow(1, 0, 1).expand({-1, pad, -1}),
                   back = x.narrow(1, x.size(1) - 1, 1).expand({-1, pad, -1});
  const at::Tensor padded = at::cat({front, x, back}, 1).transpose(1, 2);
  const at::Tensor trend = at::avg_pool1d(padded, {window}, {1}).transpose(1, 2);
  return {x - trend, trend};
}

/// A layer norm less its mean over the steps.
class SeasonalNorm {
 public:
  SeasonalNorm(const nn::Weights& weights, std::int64_t hidden)
      : norm_(weights / "layernorm", hidden, kEpsilon) {}
  at::Tensor operator()(const at::Tensor& x) const {
    const at::Tensor y = norm_(x);
    return y - y.mean(1, true);
  }

 private:
  nn::LayerNorm norm_;
};

class AutoformerEncoderLayer {
 public:
  AutoformerEncoderLayer(const nn::Weights& w, const TransformerConfig& c)
      : attention_(w / "self_attn", c.hidden, c.encoder.heads, c.correlationFactor),
        norm_(w / "self_attn_layer_norm", c.hidden, kEpsilon),
        mlp_(w, c, c.encoder.ffn),
        finalNorm_(w / "final_layer_norm", c.hidden),
        window_(c.movingAverage),
        dropout_(c.dropout) {}

  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const {
    const at::Tensor mixed = nn::dropout(attention_(x, x, {}, pass), dropout_, pass.training);
    const at::Tensor y = decompose(norm_(x + mixed), window_).seasonal;
    return finalNorm_(decompose(y + mlp_(y, pass), window_).seasonal);
  }

 private:
  AutoCorrelation attention_;
  nn::LayerNorm norm_;
  FeedForward mlp_;
  SeasonalNorm finalNorm_;
  std::int64_t window_;
  double dropout_;
};

class AutoformerDecoderLayer {
 public:
  AutoformerDecoderLayer(const nn::Weights& w, const TransformerConfig& c)
      : attention_(w / "self_attn", c.hidden, c.decoder.heads, c.correlationFactor),
        cross_(w / "encoder_attn", c.hidden, c.decoder.heads, c.correlationFactor),
        norm_(w / "self_attn_layer_norm", c.hidden, kEpsilon),
        crossNorm_(w / "encoder_attn_layer_norm", c.hidden, kEpsilon),
        mlp_(w, c, c.decoder.ffn),
        finalNorm_(w / "final_layer_norm", c.hidden),
        trend_((w / "trend_projection").tensor("weight", {c.inputWidth(), c.hidden, 3})),
        window_(c.movingAverage),
        dropout_(c.dropout) {}

  /// What is seasonal, and what the layer adds to the trend [batch, time, inputWidth].
  Parts operator()(const at::Tensor& x, const at::Tensor& memory, const Pass& pass) const {
    const auto dropped = [&](const at::Tensor& branch) {
      return nn::dropout(branch, dropout_, pass.training);
    };
    const Parts first = decompose(x + dropped(attention_(x, x, {}, pass)), window_);
    at::Tensor y = norm_(first.seasonal);
    const Parts second = decompose(y + dropped(cross_(y, memory, {}, pass)), window_);
    y = crossNorm_(second.seasonal);
    const Parts third = decompose(y + mlp_(y, pass), window_);
    return {finalNorm_(third.seasonal), project(first.trend + second.trend + third.trend)};
  }

 private:
  at::Tensor project(const at::Tensor& trend) const {
    const at::Tensor x = trend.transpose(1, 2);
    const at::Tensor ring = at::cat({x.narrow(2, x.size(2) - 1, 1), x, x.narrow(2, 0, 1)}, 2);
    return at::conv1d(ring, trend_).transpose(1, 2);
  }

  AutoCorrelation attention_, cross_;
  nn::LayerNorm norm_, crossNorm_;
  FeedForward mlp_;
  SeasonalNorm finalNorm_;
  at::Tensor trend_;
  std::int64_t window_;
  double dropout_;
};

class AutoformerCore : public SeriesCore {
 public:
  AutoformerCore(const nn::Weights& w, const TransformerConfig& c)
      : config_(c),
        encoderEmbedding_(w / "encoder", c, 0),
        decoderEmbedding_(w / "decoder", c, c.context - c.labelLength),
        seasonality_(w / "decoder" / "seasonality_projection", c.hidden, c.inputWidth()) {
    for (std::int64_t i = 0; i < c.encoder.layers; ++i)
      encoder_.emplace_back(w / "encoder" / "layers" / i, c);
    for (std::int64_t i = 0; i < c.decoder.layers; ++i)
      decoder_.emplace_back(w / "decoder" / "layers" / i, c);
  }

  at::Tensor encode(const NetworkInputs& inputs, const Pass& pass) const override {
    at::Tensor x = encoderEmbedding_(
        at::cat({inputs.lagged, inputs.features}, -1).narrow(1, 0, config_.context), pass);
    for (const auto& layer : encoder_)
      if (!pass.skips(config_.encoder.layerDrop)) x = layer(x, pass);
    return x;
  }

  TensorMap decode(const NetworkInputs& inputs, const at::Tensor& encoded,
                   const Pass& pass) const override {
    if (!inputs.future) return {};
    const std::int64_t first = config_.context - config_.labelLength;
    return runDecoder(inputs.lagged.narrow(1, 0, config_.context),
                      inputs.features.narrow(1, first, config_.labelLength + config_.prediction),
                      encoded, pass);
  }

  at::Tensor headInput(const TensorMap& decoded) const override {
    const at::Tensor all = decoded.at("last_hidden_state") + decoded.at("trend");
    return all.narrow(1, all.size(1) - config_.prediction, config_.prediction);
  }
  std::int64_t headWidth() const override { return config_.inputWidth(); }

  at::Tensor draw(const Drawing& drawing, const Pass& pass) const override {
    const NetworkInputs& inputs = drawing.inputs;
    const std::int64_t steps = config_.labelLength + config_.prediction;
    const at::Tensor times = at::cat({drawing.pastTimes, drawing.futureTimes}, 1);
    const at::Tensor fixed = inputs.staticFeatures.unsqueeze(1).expand({-1, steps, -1});
    const at::Tensor features = at::cat({fixed, times.narrow(1, times.size(1) - steps, steps)}, -1);
    const at::Tensor lagged = drawing.network.lags(inputs.pastScaled, config_.context);
    const auto repeated = [&](const at::Tensor& x) {
      return x.repeat_interleave(drawing.count, 0);
    };
    // Row by row the reference's delays depend on the whole batch: its rows are repeated first.
    const TensorMap decoded =
        runDecoder(repeated(lagged), repeated(features), repeated(drawing.encoded), pass);
    return drawing.head
        .distribution(headInput(decoded), repeated(inputs.scale.loc), repeated(inputs.scale.scale))
        .sample(pass.random);
  }

 private:
  /// The decoder begins from the end of the context, without its trend, and zeros; the trend from
  /// the context's own and its mean. lagged [batch, context, …], features [batch, label +
  /// prediction, …].
  TensorMap runDecoder(const at::Tensor& lagged, const at::Tensor& features,
                       const at::Tensor& encoded, const Pass& pass) const {
    const Parts parts = decompose(lagged, config_.movingAverage);
    const auto end = [&](const at::Tensor& x) {
      return x.narrow(1, x.size(1) - config_.labelLength, config_.labelLength);
    };
    const at::Tensor mean = lagged.mean(1, true).expand({-1, config_.prediction, -1});
    at::Tensor trend = at::cat({at::cat({end(parts.trend), mean}, 1), features}, -1);
    const at::Tensor seasonal =
        at::cat({at::cat({end(parts.seasonal), at::zeros_like(mean)}, 1), features}, -1);
    at::Tensor x = decoderEmbedding_(seasonal, pass);
    for (const auto& layer : decoder_) {
      if (pass.skips(config_.decoder.layerDrop)) continue;
      const Parts step = layer(x, encoded, pass);
      x = step.seasonal;
      trend = trend + step.trend;
    }
    return {{"last_hidden_state", seasonality_(x)}, {"trend", trend}};
  }

  TransformerConfig config_;
  SequenceEmbedding encoderEmbedding_, decoderEmbedding_;
  nn::Linear seasonality_;
  std::vector<AutoformerEncoderLayer> encoder_;
  std::vector<AutoformerDecoderLayer> decoder_;
};

}  // namespace

std::unique_ptr<Model> makeAutoformer(const ModelSpec& spec) {
  return predictionModel(spec, [](const nn::Weights& weights, const TransformerConfig& config) {
    return std::make_unique<AutoformerCore>(weights, config);
  });
}

}  // namespace orrery::models::timeseries
