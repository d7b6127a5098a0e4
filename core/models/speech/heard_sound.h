#pragma once

#include <span>

#include "core/generation/session.h"
#include "core/nn/attention.h"

namespace orrery::models::speech {

/// A stretch of sound as a model that writes has taken it in: sessions that say what is in it, all
/// of one pass of the encoder. What Model::sessionFactoryFor() of Whisper returns.
class HeardSound : public generation::SessionFactory {
 public:
  /// One more pass over decoder ids [1, time] for what they look at: tells `observer`, among
  /// others, "layers.3.cross_attention" [1, heads, time, encoder states].
  virtual void observe(std::span<const generation::TokenId> ids,
                       const nn::Observer& observer) const = 0;
};

}  // namespace orrery::models::speech
