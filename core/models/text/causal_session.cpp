#include "core/models/text/causal_session.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "core/base/error.h"

namespace orrery::models::text {
namespace {

using generation::DecodingSession;
using generation::TokenId;

/// Tokens of a prompt that run at once: enough for an efficient matrix product, and few enough for
/// a sliding cache to take them back.
constexpr std::size_t kPrefillChunk = 256;

class CausalSession : public DecodingSession {
 public:
  explicit CausalSession(std::shared_ptr<const CausalCore> core)
      : core_(std::move(core)), rows_{freshRow()} {}

  int vocabSize() const override { return core_->vocabSize(); }
  int contextLength() const override { return core_->contextLength(); }
  int rows() const override { return static_cast<int>(rows_.size()); }
  int length(int row) const override { return static_cast<int>(rows_.at(index(row)).ids.size()); }

  void prefill(int row, std::span<const TokenId> ids, const CancelToken& cancel) override {
    const c10::InferenceMode inference;
    Row& target = rows_.at(index(row));
    checkRoom(target, ids.size());
    target.logits = at::Tensor();
    if (!target.ids.empty()) return runChunks(target, ids, {}, cancel);
    const Prompt prompt = core_->prompt(ids);
    target.prompt = ids.size();
    target.shift = prompt.shift;
    target.bothWays = prompt.bothWays;
    try {
      runChunks(target, ids, prompt, cancel);
    } catch (...) {
      // What is left of a prompt says too little to go on with, unless ids are all there is.
      if (!takesPromptsInParts()) target = freshRow();
      throw;
    }
  }
  bool takesPromptsInParts() const override { return core_->takesPromptsInParts(); }

  void step(std::span<const TokenId> ids) override {
    const c10::InferenceMode inference;
    if (ids.size() != rows_.size())
      throw Error(ErrorKind::kInternal, "{} tokens for {} rows", ids.size(), rows_.size());
    nn::Step step;
    at::Tensor positions = at::empty({static_cast<std::int64_t>(rows_.size()), 1}, at::kLong);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      checkRoom(rows_[i], 1);
      positions.data_ptr<std::int64_t>()[i] =
          static_cast<std::int64_t>(rows_[i].ids.size()) + rows_[i].shift;
      step.rows.push_back(&rows_[i].cache);
    }
    const at::Tensor column = idTensor(ids).unsqueeze(1);
    step.positions = core_->positionsAt(column, positions);
    const at::Tensor hidden = core_->hidden(core_->embed(column), step);
    const at::Tensor logits = core_->head(hidden.select(1, 0)).contiguous();
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      rows_[i].ids.push_back(ids[i]);
      rows_[i].logits = logits[static_cast<std::int64_t>(i)];
    }
  }

  std::span<const float> logits(int row) const override {
    const at::Tensor& logits = rows_.at(index(row)).logits;
    if (!logits.defined()) throw Error(ErrorKind::kInternal, "no token has been run yet");
    return {logits.data_ptr<float>(), static_cast<std::size_t>(logits.numel())};
  }

  void reorder(std::span<const int> order) override {
    std::vector<Row> reordered;
    for (const int row : order) reordered.push_back(rows_.at(index(row)));
    rows_ = std::move(reordered);
  }

  void rewind(int row, int length) override {
    Row& target = rows_.at(index(row));
    const auto kept = static_cast<std::size_t>(std::max(length, 0));
    if (kept >= target.ids.size()) return;
    const bool sawDropped = target.bothWays && kept < target.prompt;
    if (kept > 0 && !sawDropped && target.cache.canTruncate(length)) {
      target.logits = at::Tensor();
      target.ids.resize(kept);
      target.cache.truncate(length);
      return;
    }
    // A sliding layer has dropped what lies that far back, or kept tokens saw what goes: run them
    // again, those of the prompt first.
    std::vector<TokenId> ids = std::move(target.ids);
    ids.resize(kept);
    const std::size_t prompt = std::min(target.prompt, kept);
    target = freshRow();
    if (prompt > 0) prefill(row, std::span(ids).first(prompt), {});
    if (kept > prompt) prefill(row, std::span(ids).subspan(prompt), {});
  }

  std::unique_ptr<DecodingSession> fork() const override {
    return std::make_unique<CausalSession>(*this);
  }

 private:
  struct Row {
    std::vector<TokenId> ids;
    nn::SequenceCache cache;
    at::Tensor logits;       ///< [vocab]
    std::size_t prompt = 0;  ///< how many of the ids came first and together
    std::int64_t shift = 0;  ///< Prompt::shift of these
    bool bothWays = false;   ///< Prompt::bothWays of these
  };

  Row freshRow() const {
    Row row;
    row.cache = core_->newCache();
    return row;
  }

  static std::size_t index(int row) { return static_cast<std::size_t>(row); }

  void checkRoom(const Row& row, std::size_t more) const {
    const auto limit = static_cast<std::size_t>(core_->contextLength());
    if (limit > 0 && row.ids.size() + more > limit)
      throw Error(ErrorKind::kInvalidInput,
                  "{} tokens do not fit the context length of {} (max_position_embeddings)",
                  row.ids.size() + more, limit);
  }

  void runChunks(Row& row, std::span<const TokenId> ids, const Prompt& prompt,
                 const CancelToken& cancel) {
    while (!ids.empty()) {
      const auto chunk =
          ids.first(prompt.bothWays ? ids.size() : std::min(ids.size(), kPrefillChunk));
      ids = ids.subspan(chunk.size());
      run(row, chunk, prompt, ids.empty(), cancel);
    }
  }

  void run(Row& row, std::span<const TokenId> ids, const Prompt& prompt, bool last,
           const CancelToken& cancel) {
    nn::Step step;
    step.cancel = &cancel;
    const auto past = static_cast<std::int64_t>(row.ids.size());
    const auto count = static_cast<std::int64_t>(ids.size());
    const std::int64_t first = past + row.shift;
    const at::Tensor line = idTensor(ids).unsqueeze(0);
    step.positions =
        prompt.positions.defined()
            ? prompt.positions.narrow(-1, past, count)
            : core_->positionsAt(line, at::arange(first, first + count, at::kLong).unsqueeze(0));
    if (prompt.bothWays) step.blocks = at::zeros({1, count}, at::kLong);
    step.rows = {&row.cache};
    at::Tensor hidden;
    try {
      const at::Tensor embeddings = prompt.embeddings.defined()
                                        ? prompt.embeddings.narrow(1, past, count)
                                        : core_->embed(line);
      hidden = core_->hidden(embeddings, step);
    } catch (...) {
      row.cache.truncate(past);  // layers that the pass has reached hold its tokens already
      throw;
    }
    row.ids.insert(row.ids.end(), ids.begin(), ids.end());
    if (last) row.logits = core_->head(hidden.select(1, count - 1)).select(0, 0).contiguous();
  }

  std::shared_ptr<const CausalCore> core_;
  std::vector<Row> rows_;
};

class CausalSessionFactory : public generation::SessionFactory {
 public:
  explicit CausalSessionFactory(const CausalCore& core) : core_(core) {}
  std::unique_ptr<DecodingSession> newSession(std::span<const TokenId> encoderIds) override {
    if (!encoderIds.empty())
      throw Error(ErrorKind::kInvalidInput, "a decoder-only model takes no encoder input");
    // Not an owner: the model outlives its sessions.
    return causalSession({std::shared_ptr<void>(), &core_});
  }
  bool isEncoderDecoder() const override { return false; }

 private:
  const CausalCore& core_;
};

}  // namespace

at::Tensor idTensor(std::span<const TokenId> ids) {
  at::Tensor result = at::empty({static_cast<std::int64_t>(ids.size())}, at::kLong);
  std::copy(ids.begin(), ids.end(), result.data_ptr<std::int64_t>());
  return result;
}

std::unique_ptr<DecodingSession> causalSession(std::shared_ptr<const CausalCore> core) {
  return std::make_unique<CausalSession>(std::move(core));
}

at::Tensor CausalCore::positions(const at::Tensor& ids, const at::Tensor&) const {
  return at::arange(ids.size(1), at::kLong).unsqueeze(0).expand_as(ids);
}

at::Tensor CausalCore::positionsAt(const at::Tensor&, const at::Tensor& places) const {
  return places;
}

std::unique_ptr<generation::SessionFactory> causalSessions(const CausalCore& core) {
  return std::make_unique<CausalSessionFactory>(core);
}

}  // namespace orrery::models::text
