#pragma once

#include <deque>
#include <functional>

#include "core/chat/jinja/evaluator.h"

namespace orrery::chat::jinja {

/// What `loop` is in the body of a for loop. Elements that the loop's condition refuses are passed
/// over when they are reached, as the body may change what the condition sees.
class Loop : public Object, public std::enable_shared_from_this<Loop> {
 public:
  using Accept = std::function<bool(const Value&)>;

  Loop(Evaluator& evaluator, List items, Accept accept, int depth);

  /// The next element, or nothing at the end.
  std::optional<Value> next();
  /// After the last round: lets go of the condition and of what changed() compares with.
  void end();

  /// The loop and its scope, if it may be called again for its children.
  struct Recurse {
    const For* loop = nullptr;
    FramePtr scope;
  };
  Recurse recurse;

  std::string typeName() const override { return "LoopContext"; }
  std::string repr() const override;
  std::optional<Value> attribute(std::string_view name) override;
  bool callable() const override { return recurse.loop != nullptr; }
  int depth() const override { return deepest_ + 1; }
  Value call(Evaluator& evaluator, const Arguments& arguments) override;
  Value cycle(const Arguments& arguments) const;
  Value changed(const Arguments& arguments);

 private:
  const Value* peek();
  std::int64_t length();
  bool pull();

  Evaluator& evaluator_;
  List items_;
  std::size_t at_ = 0;
  Accept accept_;
  std::deque<Value> ahead_;  ///< accepted, not handed out yet
  std::optional<Value> previous_, current_;
  std::optional<List> lastChanged_;
  bool ended_ = false;
  std::int64_t index_ = 0;  ///< of the current element, from 1
  int depth_;
  int deepest_ = 0;
};

}  // namespace orrery::chat::jinja
