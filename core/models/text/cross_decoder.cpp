#include "core/models/text/cross_decoder.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/kernels/decode.h"
#include "core/models/text/classic_config.h"
#include "core/models/text/cross_decoder_config.h"
#include "core/nn/packed_attention.h"

namespace orrery::models::text {
namespace {

/// The decoder beside one encoded input, as sessions see it.
class CoreBeside : public CausalCore {
 public:
  CoreBeside(const CrossDecoder& decoder, CrossCache cross)
      : decoder_(decoder), cross_(std::move(cross)) {}

  at::Tensor embed(const at::Tensor& ids) const override { return decoder_.embed(ids); }
  at::Tensor positionsAt(const at::Tensor& ids, const at::Tensor& places) const override {
    return decoder_.positionsAt(ids, places);
  }
  at::Tensor hidden(const at::Tensor& embeddings, const nn::Step& step) const override {
    return decoder_.hiddenBeside(cross_, embeddings, step);
  }
  at::Tensor head(const at::Tensor& hidden) const override { return decoder_.head(hidden); }
  nn::SequenceCache newCache() const override { return decoder_.newCache(); }
  int vocabSize() const override { return decoder_.vocabSize(); }
  int contextLength() const override { return decoder_.contextLength(); }

 private:
  const CrossDecoder& decoder_;
  CrossCache cross_;
};

class SessionsBeside : public generation::SessionFactory {
 public:
  SessionsBeside(const CrossDecoder& decoder, CrossCache cross, StartsFrom start)
      : core_(std::make_shared<CoreBeside>(decoder, std::move(cross))), start_(start) {}

  std::unique_ptr<generation::DecodingSession> newSession(
      std::span<const generation::TokenId> encoderIds) override {
    if (!encoderIds.empty())
      throw Error(ErrorKind::kInvalidInput, "the encoder of this model takes pictures, no text");
    return causalSession(core_);
  }
  bool isEncoderDecoder() const override { return start_ == StartsFrom::kStartToken; }

 private:
  std::shared_ptr<const CausalCore> core_;
  StartsFrom start_;
};

bool isOneRow(const CrossLayer& layer) {
  return layer.keys.size(0) == 1 && layer.keys.is_contiguous() && layer.values.is_contiguous() &&
         layer.keys.scalar_type() == at::kFloat;
}

/// One token [1, heads, 1, head_dim] against a cache of one row, where that lies.
at::Tensor attendOneBeside(const at::Tensor& q, const CrossLayer& layer,
                           const nn::AttentionOptions& options) {
  const at::Tensor query = q.contiguous();
  const std::int64_t heads = q.size(1), dim = q.size(3), keys = layer.keys.size(2);
  const kernels::CacheChunk chunk{layer.keys.data_ptr<float>(), layer.values.data_ptr<float>(),
                                  keys, keys};
  kernels::SingleQuery one{query.data_ptr<float>(), heads, heads, dim, {&chunk, 1}};
  one.scale = static_cast<float>(options.scale);
  at::Tensor out = at::empty({1, 1, heads * dim}, at::kFloat);
  kernels::attendOne(one, out.data_ptr<float>());
  return out;
}

/// One token of each row [rows, heads, 1, head_dim] against the cache that serves them all: as so
/// many tokens of one row, so that keys and values are read once.
at::Tensor attendRows(const at::Tensor& q, const CrossLayer& layer,
                      const nn::AttentionOptions& options) {
  const at::Tensor rows = q.transpose(0, 2);
  if (layer.packed) return nn::attendPacked(rows, *layer.packed, options.scale).transpose(0, 1);
  if (q.size(0) == 1) return attendOneBeside(q, layer, options);
  return nn::attend(rows, layer.keys, layer.values, {}, options).transpose(0, 1);
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::unique_ptr<CrossDecoder> makeCrossDecoder(const JsonField& config,
                                               const nn::Weights& weights) {
  requireCrossDecoder(config);
  return contains(classicTypes(), config.require<std::string>("model_type"))
             ? makeClassicDecoder(config, weights)
             : makeEncoderAsDecoder(config, weights);
}

CrossLayer crossLayer(const at::Tensor& keys, const at::Tensor& values,
                      const nn::AttentionOptions& options) {
  CrossLayer layer{keys.contiguous(), values.contiguous(), nullptr};
  if (!options.rounded || !isOneRow(layer) || !kernels::canAttendWhole()) return layer;
  layer.packed = nn::packKeys(layer.keys, layer.values);
  return layer;
}

at::Tensor attendBeside(const at::Tensor& q, const CrossLayer& layer,
                        const nn::AttentionOptions& options, at::Tensor* weights) {
  if (!weights && isOneRow(layer) && q.size(2) == 1) return attendRows(q, layer, options);
  if (!weights && layer.packed) return nn::attendPacked(q, *layer.packed, options.scale);
  const auto rows = [&](const at::Tensor& x) {
    return x.size(0) == q.size(0) ? x : x.expand({q.size(0), -1, -1, -1});
  };
  return nn::attend(q, rows(layer.keys), rows(layer.values), {}, options, weights);
}

at::Tensor scoresBeside(const CrossDecoder& decoder, const CrossCache& cross, const at::Tensor& ids,
                        const at::Tensor& attentionMask, const nn::Observer* observer) {
  nn::Step step;
  step.attentionMask = attentionMask;
  step.positions = decoder.positions(ids, attentionMask);
  step.observer = observer;
  const at::Tensor hidden = decoder.hiddenBeside(cross, decoder.embed(ids), step);
  return decoder.head(hidden.flatten(0, 1)).unflatten(0, ids.sizes());
}

std::unique_ptr<generation::DecodingSession> sessionBeside(const CrossDecoder& decoder,
                                                           CrossCache cross) {
  return causalSession(std::make_shared<CoreBeside>(decoder, std::move(cross)));
}

std::unique_ptr<generation::SessionFactory> sessionsBeside(const CrossDecoder& decoder,
                                                           CrossCache cross, StartsFrom start) {
  return std::make_unique<SessionsBeside>(decoder, std::move(cross), start);
}

}  // namespace orrery::models::text
