#include "app/cli/engine_turns.h"

#include <algorithm>
#include <chrono>

namespace orrery::engine {
namespace {

using generation::DecodingSession;
using generation::TokenId;

/// How much of a prompt is computed in one turn: what models take at once, so that results do not
/// depend on who else computes.
constexpr std::size_t kPrefillPiece = 256;

class TurnTakingSession : public DecodingSession {
 public:
  TurnTakingSession(std::unique_ptr<DecodingSession> session, Turns& turns, CancelToken cancel)
      : session_(std::move(session)), turns_(turns), cancel_(std::move(cancel)) {}

  int vocabSize() const override { return session_->vocabSize(); }
  int contextLength() const override { return session_->contextLength(); }
  int rows() const override { return session_->rows(); }
  int length(int row) const override { return session_->length(row); }
  bool takesPromptsInParts() const override { return session_->takesPromptsInParts(); }
  void prefill(int row, std::span<const TokenId> ids, const CancelToken& cancel) override {
    const std::size_t most = takesPromptsInParts() ? kPrefillPiece : ids.size();
    do {
      const auto piece = ids.first(std::min(ids.size(), most));
      ids = ids.subspan(piece.size());
      const Turns::Turn turn(turns_, cancel_);
      session_->prefill(row, piece, cancel);
    } while (!ids.empty());
  }
  void step(std::span<const TokenId> ids) override {
    const Turns::Turn turn(turns_, cancel_);
    session_->step(ids);
  }
  std::span<const float> logits(int row) const override { return session_->logits(row); }
  void reorder(std::span<const int> order) override { session_->reorder(order); }
  void rewind(int row, int length) override { session_->rewind(row, length); }
  std::unique_ptr<DecodingSession> fork() const override {
    return std::make_unique<TurnTakingSession>(session_->fork(), turns_, cancel_);
  }

 private:
  std::unique_ptr<DecodingSession> session_;
  Turns& turns_;
  CancelToken cancel_;
};

}  // namespace

Turns::Turn::Turn(Turns& turns, const CancelToken& cancel) : turns_(turns) {
  std::unique_lock lock(turns_.mutex_);
  const std::uint64_t ticket = turns_.nextTicket_++;
  turns_.queue_.push_back(ticket);
  while (turns_.queue_.front() != ticket) {
    if (cancel.cancelled()) {
      std::erase(turns_.queue_, ticket);
      cancel.throwIfCancelled();
    }
    turns_.changed_.wait_for(lock, std::chrono::milliseconds(10));
  }
}

Turns::Turn::~Turn() {
  {
    std::lock_guard lock(turns_.mutex_);
    turns_.queue_.pop_front();
  }
  turns_.changed_.notify_all();
}

std::unique_ptr<DecodingSession> TurnTakingSessions::newSession(
    std::span<const TokenId> encoderIds) {
  const Turns::Turn turn(turns_, cancel_);
  return std::make_unique<TurnTakingSession>(model_.newSession(encoderIds), turns_, cancel_);
}

}  // namespace orrery::engine
