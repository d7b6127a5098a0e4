#pragma once

#include <memory>
#include <vector>

#include "core/base/json.h"
#include "core/kernels/attend_whole.h"
#include "core/models/text/causal_session.h"
#include "core/nn/weights.h"

namespace orrery::models::text {

/// Keys and values [batch, heads, time, head_dim] that one decoder layer reads from what an encoder
/// made of its input.
struct CrossLayer {
  at::Tensor keys, values;
  std::shared_ptr<const kernels::PackedKeys> packed;  ///< of one row, for rounded products; or null
};
/// Those of every layer.
using CrossCache = std::vector<CrossLayer>;

/// A decoder whose layers may also look at what an encoder made of its input.
class CrossDecoder : public CausalCore {
 public:
  /// hidden() beside an encoded input; without one where `cross` is empty.
  virtual at::Tensor hiddenBeside(const CrossCache& cross, const at::Tensor& embeddings,
                                  const nn::Step& step) const = 0;
  at::Tensor hidden(const at::Tensor& embeddings, const nn::Step& step) const override {
    return hiddenBeside({}, embeddings, step);
  }
  /// Of encoded [batch, time, width].
  virtual CrossCache crossCache(const at::Tensor& encoded) const = 0;
};

/// The decoder with a language model's head that `config` describes, as the part of another model
/// whose weights lie in `weights`. An Error names a model type whose layers cannot look at an
/// encoder, and a config that does not ask them to.
std::unique_ptr<CrossDecoder> makeCrossDecoder(const JsonField& config, const nn::Weights& weights);
std::unique_ptr<CrossDecoder> makeClassicDecoder(const JsonField& config,
                                                 const nn::Weights& weights);
std::unique_ptr<CrossDecoder> makeEncoderAsDecoder(const JsonField& config,
                                                   const nn::Weights& weights);

/// Every token to come reads what this makes: rows of one head side by side, packed where
/// `options.rounded` allows it.
CrossLayer crossLayer(const at::Tensor& keys, const at::Tensor& values,
                      const nn::AttentionOptions& options);

/// Attention of q [batch, heads, time, head_dim] to the keys and values of one layer, without a
/// mask → [batch, time, heads * head_dim]. A cache of one row serves all of a session's. `weights`,
/// where given, receives the attention map.
at::Tensor attendBeside(const at::Tensor& q, const CrossLayer& layer,
                        const nn::AttentionOptions& options, at::Tensor* weights = nullptr);

/// The scores of every token [batch, time, vocab] of a pass over padded ids [batch, time].
/// `attentionMask` may be undefined.
at::Tensor scoresBeside(const CrossDecoder& decoder, const CrossCache& cross, const at::Tensor& ids,
                        const at::Tensor& attentionMask, const nn::Observer* observer);

/// A session beside one encoded input; the decoder must outlive it.
std::unique_ptr<generation::DecodingSession> sessionBeside(const CrossDecoder& decoder,
                                                           CrossCache cross);

/// Whether generation starts from the decoder's start token, or from a prompt of the user's.
enum class StartsFrom { kStartToken, kPrompt };

/// Sessions that all look at one input, encoded already: they take no ids for the encoder. The
/// decoder must outlive them.
std::unique_ptr<generation::SessionFactory> sessionsBeside(const CrossDecoder& decoder,
                                                           CrossCache cross, StartsFrom start);

}  // namespace orrery::models::text
