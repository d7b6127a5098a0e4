#include "core/chat/jinja/loop.h"

#include <algorithm>

#include "core/chat/jinja/callables.h"

namespace orrery::chat::jinja {

Loop::Loop(Evaluator& evaluator, List items, Accept accept, int depth)
    : evaluator_(evaluator), items_(std::move(items)), accept_(std::move(accept)), depth_(depth) {
  for (const Value& item : items_) deepest_ = std::max(deepest_, item.depth());
}

bool Loop::pull() {
  while (at_ < items_.size()) {
    const Value& item = items_[at_++];
    evaluator_.spend();
    if (accept_ && !accept_(item)) continue;
    ahead_.push_back(item);
    return true;
  }
  return false;
}

const Value* Loop::peek() {
  return !ahead_.empty() || pull() ? &ahead_.front() : nullptr;
}

std::optional<Value> Loop::next() {
  if (!peek()) return std::nullopt;
  previous_ = std::move(current_);
  current_ = std::move(ahead_.front());
  ahead_.pop_front();
  ++index_;
  return current_;
}

std::int64_t Loop::length() {
  while (pull()) {
  }
  return index_ + static_cast<std::int64_t>(ahead_.size());
}

void Loop::end() {
  ended_ = true;
  accept_ = nullptr;
  lastChanged_.reset();
}

std::string Loop::repr() const {
  return fmt::format("<LoopContext {}>", index_);
}

std::optional<Value> Loop::attribute(std::string_view name) {
  if (name == "index") return index_;
  if (name == "index0") return index_ - 1;
  if (name == "first") return index_ == 1;
  if (name == "last") return peek() == nullptr;
  if (name == "length") return length();
  if (name == "revindex") return length() - index_ + 1;
  if (name == "revindex0") return length() - index_;
  if (name == "depth") return depth_ + 1;
  if (name == "depth0") return depth_;
  if (name == "previtem") return previous_.value_or(Value::undefined("there is no previous item"));
  if (name == "nextitem") {
    const Value* next = peek();
    return next ? *next : Value::undefined("there is no next item");
  }
  if (name == "cycle" || name == "changed")
    return std::make_shared<LoopMethod>(shared_from_this(), name == "cycle");
  return std::nullopt;
}

Value Loop::call(Evaluator& evaluator, const Arguments& arguments) {
  if (!recurse.loop)
    throw fault("the loop must have the recursive marker to be called recursively");
  const auto values = arguments.bind("loop", {"iterable"}, 1);
  return evaluator.made(evaluator.runLoop(*recurse.loop, *values[0], recurse.scope, depth_ + 1));
}

Value Loop::cycle(const Arguments& arguments) const {
  if (arguments.positional.empty()) throw fault("loop.cycle: no items for cycling given");
  return arguments.positional[static_cast<std::size_t>(index_ - 1) % arguments.positional.size()];
}

Value Loop::changed(const Arguments& arguments) {
  if (ended_) throw fault("loop.changed: the loop has ended");
  const bool same =
      lastChanged_ && std::equal(lastChanged_->begin(), lastChanged_->end(),
                                 arguments.positional.begin(), arguments.positional.end(), equals);
  for (const Value& value : arguments.positional) deepest_ = std::max(deepest_, value.depth());
  if (!same) lastChanged_ = arguments.positional;
  return !same;
}

}  // namespace orrery::chat::jinja
