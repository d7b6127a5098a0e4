#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "core/generation/session.h"

namespace orrery::engine {

/// Lets several requests compute on one model in turn, first come first served: each piece of work
/// has all cores to itself, and none starves.
class Turns {
 public:
  /// Holds the turn while it lives. Making one blocks; throws an Error of kind kCancelled within 10
  /// ms of a cancellation.
  class Turn {
   public:
    Turn(Turns& turns, const CancelToken& cancel);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns& turns_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::uint64_t> queue_;  ///< tickets; the first has the turn
  std::uint64_t nextTicket_ = 0;
};

/// Sessions of `model` for one request: each takes its turn before it computes. All three must
/// outlive the sessions.
class TurnTakingSessions : public generation::SessionFactory {
 public:
  TurnTakingSessions(generation::SessionFactory& model, Turns& turns, CancelToken cancel)
      : model_(model), turns_(turns), cancel_(std::move(cancel)) {}

  std::unique_ptr<generation::DecodingSession> newSession(
      std::span<const generation::TokenId> encoderIds) override;
  bool isEncoderDecoder() const override { return model_.isEncoderDecoder(); }

 private:
  generation::SessionFactory& model_;
  Turns& turns_;
  CancelToken cancel_;
};

}  // namespace orrery::engine
