#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/base/cancel.h"

namespace orrery::generation {

using TokenId = std::int32_t;

/// A model in the middle of decoding: one or more rows (sequences, beams) of equal standing, each
/// with its own history of tokens. Strategies drive it and see neither tensors nor caches. Not
/// thread-safe.
///
/// A new session has one row with no tokens. For an encoder-decoder model the encoder has run
/// already and rows hold decoder tokens.
class DecodingSession {
 public:
  virtual ~DecodingSession() = default;

  virtual int vocabSize() const = 0;
  /// Positions the model can take (max_position_embeddings); 0 where it sets no limit.
  virtual int contextLength() const = 0;

  virtual int rows() const = 0;
  /// Tokens that row has taken so far.
  virtual int length(int row) const = 0;

  /// Appends `ids` to `row` and computes the logits after the last of them. Looks at `cancel`
  /// every few milliseconds; once cancelled it throws, and the row keeps some of the ids or none
  /// (length() says) and has no logits.
  virtual void prefill(int row, std::span<const TokenId> ids, const CancelToken& cancel) = 0;

  /// Whether a prompt may come in several calls of prefill() to the same effect. False where it is
  /// more than its ids: where pictures take places in it, or its tokens see each other both ways.
  virtual bool takesPromptsInParts() const { return true; }

  /// Appends one token to every row, ids[row], and computes the logits after it.
  virtual void step(std::span<const TokenId> ids) = 0;

  /// Scores of the next token of `row`, vocabSize() values, before any processor. Valid until the
  /// next call that changes the session.
  virtual std::span<const float> logits(int row) const = 0;

  /// Makes row r a copy of what was row order[r]; the number of rows becomes order.size(). History
  /// is shared, so this costs little. Logits follow their row.
  virtual void reorder(std::span<const int> order) = 0;

  /// Forgets all but the first `length` tokens of `row`. Its logits are invalid until the next
  /// prefill or step.
  virtual void rewind(int row, int length) = 0;

  /// An independent session with the same rows, sharing their history.
  virtual std::unique_ptr<DecodingSession> fork() const = 0;
};

/// Makes sessions of one model. Several may be alive at once: the unconditional side of
/// guidance_scale and each column of a comparison take one.
class SessionFactory {
 public:
  virtual ~SessionFactory() = default;
  /// `encoderIds` is the input of an encoder-decoder model; empty for a decoder-only one.
  virtual std::unique_ptr<DecodingSession> newSession(std::span<const TokenId> encoderIds) = 0;
  virtual bool isEncoderDecoder() const = 0;
};

}  // namespace orrery::generation
