#pragma once

#include <functional>
#include <string_view>

#include "core/base/cancel.h"
#include "core/nn/cache.h"
#include "core/nn/training_pass.h"

namespace orrery::nn {

/// Told about named activations while a model runs: "layers.3.attention" [batch, heads, query,
/// key], "layers.3.residual" [batch, time, hidden], "layers.3.router" [tokens, experts]. Costs
/// nothing when there is none.
using Observer = std::function<void(std::string_view name, const at::Tensor& value)>;

/// What one pass through a model shares between its layers.
struct Step {
  at::Tensor positions;  ///< [batch, time] int64; [sections, batch, time] for sectioned rotaries
  at::Tensor
      attentionMask;  ///< [batch, time], 0 for padding; undefined: none. Only without caches.
  /// [batch, time] int64: tokens of one block see each other whatever their order, and of the
  /// others what lies before them; below 0: of none; undefined: no blocks. With caches, only where
  /// these are empty.
  at::Tensor blocks;
  /// One cache for each batch row; empty for a pass without. With several rows, time is 1.
  std::vector<SequenceCache*> rows;
  const Observer* observer = nullptr;
  const CancelToken* cancel = nullptr;  ///< looked at between layers

  /// Throws an Error of kind kCancelled if the pass is to stop; caches may then hold its tokens in
  /// some layers and not in others.
  void throwIfCancelled() const {
    if (cancel) cancel->throwIfCancelled();
  }
  void observe(std::string_view name, const at::Tensor& value) const {
    if (observer) (*observer)(name, value);
  }
};

struct AttentionOptions {
  double scale = 1;
  double softcap = 0;       ///< scores become cap * tanh(score / cap); 0: none
  std::int64_t window = 0;  ///< a token sees that many, itself included; 0: all before it
  at::Tensor sinks;         ///< [heads]: a score that takes part in the softmax and is dropped
  /// The numbers that come in were made by products of bfloat16: more of these will do.
  bool rounded = false;
};

/// Scores, softmax and weighted sum: q [batch, heads, time, dim], k and v [batch, kv_heads, keys,
/// dim], additive mask broadcastable to [batch, heads, time, keys] or undefined → [batch, time,
/// heads * dim]. `weights`, where given, receives the attention map.
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                  const at::Tensor& mask, const AttentionOptions& options,
                  at::Tensor* weights = nullptr);

/// attend() of a training pass: each share is zeroed with probability `p`, the others scaled.
at::Tensor attendDropping(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                          const at::Tensor& mask, double scale, double p, const TrainingPass* pass);

/// Causal self-attention of `layer` for one pass: appends k and v to the caches if the step has
/// any, and masks the future, padding, and what lies outside of the window. Shapes as attend().
at::Tensor causalAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           std::int64_t layer, const AttentionOptions& options, const Step& step);

/// Additive mask [batch or 1, 1, time, keys] of causal attention where the first of `time` queries
/// is at position `past` and the first key at `firstKey`; undefined if nothing is masked. `blocks`
/// as in a Step, for past and firstKey of 0.
at::Tensor causalMask(std::int64_t time, std::int64_t past, std::int64_t firstKey,
                      std::int64_t window, const at::Tensor& attentionMask,
                      const at::Tensor& blocks = {});

/// Additive mask [batch, 1, 1, keys] that hides padding; undefined if `attentionMask` is.
at::Tensor paddingMask(const at::Tensor& attentionMask);

}  // namespace orrery::nn
