#pragma once

#include <functional>
#include <string>

#include "core/generation/session.h"
#include "core/nn/attention.h"

namespace orrery::models::text {

/// What a core makes of a prompt as a whole before it runs. Nothing, for ids that are only ids.
struct Prompt {
  at::Tensor embeddings;   ///< [1, time, hidden]; undefined: those of the ids
  at::Tensor positions;    ///< as nn::Step has them; undefined: 0, 1, 2, …
  std::int64_t shift = 0;  ///< of later tokens' positions: their place in the row + shift
  bool bothWays = false;   ///< its tokens see each other whatever their order
};

/// What a causal session needs of a model; a family offers it and gets sessions for it.
class CausalCore {
 public:
  virtual ~CausalCore() = default;
  /// What a session's first ids become. An Error if these do not fit what goes with them.
  virtual Prompt prompt(std::span<const generation::TokenId>) const { return {}; }
  /// Whether prompt() takes ids for ids, so that they may come in several calls.
  virtual bool takesPromptsInParts() const { return true; }
  /// ids [batch, time] int64 → what enters the stack, [batch, time, hidden].
  virtual at::Tensor embed(const at::Tensor& ids) const = 0;
  /// Positions of a padded batch whose caller gave none, [batch, time]: 0, 1, 2, … in each row.
  virtual at::Tensor positions(const at::Tensor& ids, const at::Tensor& attentionMask) const;
  /// Positions of ids [batch, time] that lie at `places` [batch or 1, time] in the rows of a
  /// session: these, unless padding takes none.
  virtual at::Tensor positionsAt(const at::Tensor& ids, const at::Tensor& places) const;
  /// embeddings [batch, time, hidden] → hidden states after the last norm, of the same shape;
  /// appends to the caches of `step`.
  virtual at::Tensor hidden(const at::Tensor& embeddings, const nn::Step& step) const = 0;
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
