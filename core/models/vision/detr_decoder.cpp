#include "core/models/vision/detr_decoder.h"

#include <fmt/format.h>

#include <cmath>

namespace orrery::models::vision {
namespace {

using Bias = nn::Linear::Bias;

constexpr double kNormEps = 1e-5;

/// What a pass tells its observer of one layer.
struct Maps {
  at::Tensor self, cross;
};

/// A decoder layer of DETR and, with the norms before, of Table Transformer.
class PlainLayer {
 public:
  PlainLayer(const nn::Weights& w, const DetrConfig& c)
      : normFirst_(c.normFirst),
        self_(w / "self_attn", c.hidden, c.decoderHeads),
        cross_(w / "encoder_attn", c.hidden, c.decoderHeads),
        feedForward_(w, c.hidden, c.decoderFfn, c.activation),
        selfNorm_(w / "self_attn_layer_norm", c.hidden, kNormEps),
        crossNorm_(w / "encoder_attn_layer_norm", c.hidden, kNormEps),
        finalNorm_(w / "final_layer_norm", c.hidden, kNormEps) {}

  at::Tensor operator()(at::Tensor x, const at::Tensor& positions, const DetrMemory& memory,
                        Maps* maps) const {
    const PlacedAttention::Seen seen{memory.values, memory.positions, memory.mask};
    at::Tensor* map = maps ? &maps->self : nullptr;
    at::Tensor* crossMap = maps ? &maps->cross : nullptr;
    if (normFirst_) {
      x = x + self_.self(selfNorm_(x), positions, {}, map);
      x = x + cross_(crossNorm_(x), positions, seen, crossMap);
      return x + feedForward_(finalNorm_(x));
    }
    x = selfNorm_(x + self_.self(x, positions, {}, map));
    x = crossNorm_(x + cross_(x, positions, seen, crossMap));
    return finalNorm_(x + feedForward_(x));
  }

 private:
  bool normFirst_;
  PlacedAttention self_, cross_;
  FeedForward feedForward_;
  nn::LayerNorm selfNorm_, crossNorm_, finalNorm_;
};

/// A decoder layer of Conditional DETR (Meng et al. 2021): in the cross-attention, content and
/// place are compared apart.
class ConditionalLayer {
 public:
  ConditionalLayer(const nn::Weights& w, const DetrConfig& c, bool first)
      : heads_(c.decoderHeads),
        feedForward_(w, c.hidden, c.decoderFfn, c.activation),
        selfNorm_(w / "self_attn_layer_norm", c.hidden, kNormEps),
        crossNorm_(w / "encoder_attn_layer_norm", c.hidden, kNormEps),
        finalNorm_(w / "final_layer_norm", c.hidden, kNormEps) {
    const auto square = [&](const char* name) {
      return nn::Linear(w / name, c.hidden, c.hidden, Bias::kRequired);
    };
    selfQuery_ = square("sa_qcontent_proj");
    selfQueryPlace_ = square("sa_qpos_proj");
    selfKey_ = square("sa_kcontent_proj");
    selfKeyPlace_ = square("sa_kpos_proj");
    selfValue_ = square("sa_v_proj");
    selfOut_ = square("self_attn.out_proj");
    query_ = square("ca_qcontent_proj");
    key_ = square("ca_kcontent_proj");
    keyPlace_ = square("ca_kpos_proj");
    value_ = square("ca_v_proj");
    querySine_ = square("ca_qpos_sine_proj");
    out_ = square("encoder_attn.out_proj");
    if (first) queryPlace_ = square("ca_qpos_proj");
    const double headDim = static_cast<double>(c.hidden / c.decoderHeads);
    selfOptions_.scale = 1 / std::sqrt(headDim);
    crossOptions_.scale = 1 / std::sqrt(2 * headDim);
  }

  at::Tensor operator()(at::Tensor x, const at::Tensor& positions, const at::Tensor& sine,
                        const DetrMemory& memory, Maps* maps) const {
    x = selfNorm_(x + lookAtEachOther(x, positions, maps ? &maps->self : nullptr));
    x = crossNorm_(x + lookAtPicture(x, positions, sine, memory, maps ? &maps->cross : nullptr));
    return finalNorm_(x + feedForward_(x));
  }

 private:
  at::Tensor lookAtEachOther(const at::Tensor& x, const at::Tensor& positions,
                             at::Tensor* map) const {
    return selfOut_(nn::attend(splitHeads(selfQuery_(x) + selfQueryPlace_(positions), heads_),
                               splitHeads(selfKey_(x) + selfKeyPlace_(positions), heads_),
                               splitHeads(selfValue_(x), heads_), {}, selfOptions_, map));
  }

  at::Tensor lookAtPicture(const at::Tensor& x, const at::Tensor& positions, const at::Tensor& sine,
                           const DetrMemory& memory, at::Tensor* map) const {
    const at::Tensor place = keyPlace_(memory.positions);
    at::Tensor query = query_(x), key = key_(memory.values);
    if (queryPlace_.outFeatures() > 0) {  // the first layer knows nothing of the content yet
      query = query + queryPlace_(positions);
      key = key + place;
    }
    const auto beside = [&](const at::Tensor& content, const at::Tensor& at) {
      return at::cat({splitHeads(content, heads_), splitHeads(at, heads_)}, -1);
    };
    const at::Tensor q = beside(query, querySine_(sine)), k = beside(key, place);
    const at::Tensor v = splitHeads(value_(memory.values), heads_);
    return out_(nn::attend(q, k, v, memory.mask, crossOptions_, map));
  }

  std::int64_t heads_;
  nn::Linear selfQuery_, selfQueryPlace_, selfKey_, selfKeyPlace_, selfValue_, selfOut_;
  nn::Linear query_, queryPlace_, querySine_, key_, keyPlace_, value_, out_;
  nn::AttentionOptions selfOptions_, crossOptions_;
  FeedForward feedForward_;
  nn::LayerNorm selfNorm_, crossNorm_, finalNorm_;
};

void tell(const nn::Observer* observer, std::size_t layer, const Maps& maps, const at::Tensor& x) {
  if (!observer) return;
  (*observer)(fmt::format("decoder.layers.{}.attention", layer), maps.self);
  (*observer)(fmt::format("decoder.layers.{}.cross_attention", layer), maps.cross);
  (*observer)(fmt::format("decoder.layers.{}.residual", layer), x);
}

/// The norm at the end and, if the config says so, after every layer, as the reference has it.
class Ending {
 public:
  Ending(const nn::Weights& w, const DetrConfig& c)
      : auxiliary_(c.auxiliary), norm_(w / "layernorm", c.hidden, kNormEps) {}

  at::Tensor afterLayer(const at::Tensor& x, std::vector<at::Tensor>& intermediate) const {
    if (!auxiliary_) return x;
    intermediate.push_back(norm_(x));
    return intermediate.back();
  }
  DetrDecoded operator()(const at::Tensor& x, const std::vector<at::Tensor>& intermediate) const {
    return {norm_(x), auxiliary_ ? at::stack(intermediate) : at::Tensor(), {}};
  }

 private:
  bool auxiliary_;
  nn::LayerNorm norm_;
};

class PlainDecoder : public DetrDecoder {
 public:
  PlainDecoder(const nn::Weights& w, const DetrConfig& c) : ending_(w, c) {
    for (std::int64_t i = 0; i < c.decoderLayers; ++i) layers_.emplace_back(w / "layers" / i, c);
  }

  DetrDecoded forward(const DetrMemory& memory, const at::Tensor& queryPositions,
                      const nn::Observer* observer) const override {
    at::Tensor x = at::zeros({memory.values.size(0), queryPositions.size(0), memory.values.size(2)},
                             at::kFloat);
    std::vector<at::Tensor> intermediate;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      Maps maps;
      x = layers_[i](x, queryPositions.unsqueeze(0), memory, observer ? &maps : nullptr);
      tell(observer, i, maps, x);
      x = ending_.afterLayer(x, intermediate);
    }
    return ending_(x, intermediate);
  }

 private:
  std::vector<PlainLayer> layers_;
  Ending ending_;
};

class ConditionalDecoder : public DetrDecoder {
 public:
  ConditionalDecoder(const nn::Weights& w, const DetrConfig& c)
      : features_(c.hidden / 2),
        scale_(w / "query_scale", {c.hidden, c.hidden, c.hidden, 2}),
        reference_(w / "ref_point_head", {c.hidden, c.hidden, 2, 2}),
        ending_(w, c) {
    for (std::int64_t i = 0; i < c.decoderLayers; ++i)
      layers_.emplace_back(w / "layers" / i, c, i == 0);
  }

  DetrDecoded forward(const DetrMemory& memory, const at::Tensor& queryPositions,
                      const nn::Observer* observer) const override {
    const std::int64_t batch = memory.values.size(0);
    const at::Tensor positions = queryPositions.expand({batch, -1, -1});
    const at::Tensor references = at::sigmoid(reference_(positions));  // [batch, queries, 2]
    const at::Tensor places = references * (2 * M_PI);
    const at::Tensor sine = at::cat(
        {sines(places.select(-1, 1), features_), sines(places.select(-1, 0), features_)}, -1);
    at::Tensor x = at::zeros_like(positions);
    std::vector<at::Tensor> intermediate;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      Maps maps;
      x = layers_[i](x, positions, i == 0 ? sine : sine * scale_(x), memory,
                     observer ? &maps : nullptr);
      tell(observer, i, maps, x);
      x = ending_.afterLayer(x, intermediate);
    }
    DetrDecoded result = ending_(x, intermediate);
    result.references = references.transpose(0, 1);
    return result;
  }

 private:
  std::int64_t features_;
  PredictionHead scale_, reference_;
  std::vector<ConditionalLayer> layers_;
  Ending ending_;
};

}  // namespace

std::unique_ptr<DetrDecoder> makeDetrDecoder(const nn::Weights& w, const DetrConfig& c) {
  if (c.conditional) return std::make_unique<ConditionalDecoder>(w, c);
  return std::make_unique<PlainDecoder>(w, c);
}

}  // namespace orrery::models::vision
