#pragma once

#include <functional>
#include <string>

#include "core/generation/session.h"
#include "core/nn/attention.h"

namespace orrery::models::text {

/// What a causal session needs of a model; a family offers it and gets sessions for it.
class CausalCore {
 public:
  virtual ~CausalCore() = default;
  /// Positions of a padded batch whose caller gave none, [batch, time]: 0, 1, 2, … in each row.
  virtual at::Tensor positions(const at::Tensor& ids, const at::Tensor& attentionMask) const;
  /// Hidden states after the last norm, [batch, time, hidden]; appends to the caches of `step`.
  virtual at::Tensor hidden(const at::Tensor& ids, const nn::Step& step) const = 0;
  /// Logits of hidden states [rows, hidden] → [rows, vocab].
  virtual at::Tensor head(const at::Tensor& hidden) const = 0;
  virtual nn::SequenceCache newCache() const = 0;
  virtual int vocabSize() const = 0;
  /// 0: unlimited.
  virtual int contextLength() const = 0;
};

/// A session that keeps `core` alive.
std::unique_ptr<generation::DecodingSession> causalSession(std::shared_ptr<const CausalCore> core);

/// Token ids as a tensor [tokens] of int64.
at::Tensor idTensor(std::span<const generation::TokenId> ids);

/// Sessions over `core`, which must outlive them.
std::unique_ptr<generation::SessionFactory> causalSessions(const CausalCore& core);

}  // namespace orrery::models::text
