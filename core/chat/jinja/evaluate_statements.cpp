#include <algorithm>

#include "core/chat/jinja/callables.h"
#include "core/chat/jinja/evaluator.h"
#include "core/chat/jinja/loop.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {

Evaluator::Evaluator(const Limits& limits, std::function<std::tm()> now)
    : limits_(limits), now_(std::move(now)) {}

Evaluator::~Evaluator() {
  // Namespaces and captured scopes may refer to each other; nothing may stay alive through that.
  for (const auto& object : namespaces_) object->attributes = {};
  for (const auto& frame : frames_) frame->names.clear();
}

std::string Evaluator::render(const Block& block, const FramePtr& globals) {
  try {
    execute(block, std::make_shared<Frame>(globals));
  } catch (Error& error) {
    error.in(fmt::format("line {}", line_));
    throw;
  }
  return std::move(output_);
}

void Evaluator::spend(std::uint64_t steps) {
  steps_ += steps;
  if (steps_ > limits_.steps)
    throw fault("the template takes more than {} steps; does a loop never end?", limits_.steps);
}

void Evaluator::keep(std::shared_ptr<Namespace> object) {
  spend(64);
  namespaces_.push_back(std::move(object));
}

const FramePtr& Evaluator::capture(const FramePtr& frame) {
  if (!frame->captured) {
    spend(16);
    frame->captured = true;
    frames_.push_back(frame);
  }
  return frame;
}

void Evaluator::write(std::string_view text) {
  spend(text.size() / 64);
  if (out_->size() + text.size() > limits_.outputBytes)
    throw fault("the template writes more than {} bytes", limits_.outputBytes);
  out_->append(text);
}

std::string Evaluator::captured(const Block& block, const FramePtr& frame) {
  std::string collected;
  std::string* const before = std::exchange(out_, &collected);
  execute(block, frame);
  out_ = before;
  return collected;
}

Evaluator::Flow Evaluator::execute(const Block& block, const FramePtr& frame) {
  if (depth_ >= limits_.depth) throw fault("nested more than {} levels deep", limits_.depth);
  ++depth_;
  Flow flow = Flow::kNext;
  for (const Stmt& stmt : block) {
    spend();
    line_ = stmt.line;
    flow = execute(stmt, frame);
    if (flow != Flow::kNext) break;
  }
  --depth_;
  return flow;
}

Evaluator::Flow Evaluator::execute(const Stmt& stmt, const FramePtr& frame) {
  if (const auto* text = std::get_if<Text>(&stmt.node)) {
    write(text->text);
  } else if (const auto* print = std::get_if<Print>(&stmt.node)) {
    const Value value = evaluate(*print->value, frame);
    spend(value.weight());
    value.is(Kind::kString) ? write(value.string()) : write(toText(value));
  } else if (const auto* branch = std::get_if<If>(&stmt.node)) {
    return executeIf(*branch, frame);
  } else if (const auto* loop = std::get_if<For>(&stmt.node)) {
    return loopOver(*loop, evaluate(*loop->iterable, frame), frame, 0);
  } else if (const auto* set = std::get_if<Set>(&stmt.node)) {
    assign(set->target, evaluate(*set->value, frame), frame);
  } else if (const auto* block = std::get_if<SetBlock>(&stmt.node)) {
    Value value = made(captured(block->body, std::make_shared<Frame>(frame)));
    assign(block->target, block->filter ? filterBlock(*block->filter, frame, value) : value, frame);
  } else if (const auto* macro = std::get_if<MacroStmt>(&stmt.node)) {
    frame->set(macro->macro.name, std::make_shared<Macro>(macro->macro, capture(frame)));
  } else if (const auto* call = std::get_if<CallBlock>(&stmt.node)) {
    executeCallBlock(*call, frame);
  } else if (const auto* filter = std::get_if<FilterBlock>(&stmt.node)) {
    const Value value = made(captured(filter->body, std::make_shared<Frame>(frame)));
    write(toText(filterBlock(*filter->filter, frame, value)));
  } else if (const auto* with = std::get_if<With>(&stmt.node)) {
    executeWith(*with, frame);
  } else if (const auto* generation = std::get_if<Generation>(&stmt.node)) {
    executeGeneration(*generation, frame);
  } else {
    return std::holds_alternative<Break>(stmt.node) ? Flow::kBreak : Flow::kContinue;
  }
  return Flow::kNext;
}

Evaluator::Flow Evaluator::executeIf(const If& node, const FramePtr& frame) {
  for (const auto& [test, body] : node.branches)
    if (evaluate(*test, frame).truthy()) return execute(body, frame);
  return execute(node.otherwise, frame);
}

Evaluator::Flow Evaluator::loopOver(const For& node, const Value& value, const FramePtr& frame,
                                    int depth) {
  const auto accept = [this, &node, frame](const Value& item) {
    const auto scope = std::make_shared<Frame>(frame);
    assign(node.target, item, scope);
    return evaluate(*node.condition, scope).truthy();
  };
  const auto loop = std::make_shared<Loop>(*this, iterate(value),
                                           node.condition ? Loop::Accept(accept) : nullptr, depth);
  if (node.recursive) loop->recurse = {&node, capture(frame)};
  const struct End {
    Loop& loop;
    ~End() { loop.end(); }
  } end{*loop};
  bool any = false;
  while (auto item = loop->next()) {
    any = true;
    spend();
    const auto scope = std::make_shared<Frame>(frame);
    scope->set("loop", loop);
    assign(node.target, *item, scope);
    if (execute(node.body, scope) == Flow::kBreak) break;
  }
  return any ? Flow::kNext : execute(node.otherwise, std::make_shared<Frame>(frame));
}

std::string Evaluator::runLoop(const For& loop, const Value& value, const FramePtr& scope,
                               int depth) {
  std::string collected;
  std::string* const before = std::exchange(out_, &collected);
  const int line = line_;
  loopOver(loop, value, scope, depth);
  line_ = line;
  out_ = before;
  return collected;
}

void Evaluator::executeCallBlock(const CallBlock& node, const FramePtr& frame) {
  const auto& call = std::get<Call>(node.call->node);
  const Value callee = evaluate(*call.callee, frame);
  Arguments args = arguments(call.args, frame);
  args.named.emplace_back("caller", std::make_shared<Macro>(node.caller, capture(frame)));
  write(toText(this->call(callee, args)));
}

void Evaluator::executeGeneration(const Generation& node, const FramePtr& frame) {
  const std::string text = captured(node.body, std::make_shared<Frame>(frame));
  spans_.push_back({output_.size(), output_.size() + text.size()});
  write(text);
}

void Evaluator::executeWith(const With& node, const FramePtr& frame) {
  const auto scope = std::make_shared<Frame>(frame);
  List values;
  for (const auto& [target, value] : node.values) values.push_back(evaluate(*value, frame));
  for (std::size_t i = 0; i < values.size(); ++i) assign(node.values[i].first, values[i], scope);
  execute(node.body, scope);
}

void Evaluator::assign(const Target& target, const Value& value, const FramePtr& frame) {
  if (target.unpacks) {
    const List items = iterate(value);
    if (items.size() != target.elements.size())
      throw fault("expected {} values to unpack, found {}", target.elements.size(), items.size());
    for (std::size_t i = 0; i < items.size(); ++i) assign(target.elements[i], items[i], frame);
  } else if (target.attribute.empty()) {
    frame->set(target.name, value);
  } else {
    const Value* named = frame->find(target.name);
    auto* space = named ? dynamic_cast<Namespace*>(named->object()) : nullptr;
    if (!space)
      throw fault("cannot assign attribute on non-namespace object {}",
                  orrery::quoted(target.name));
    space->attributes.set(target.attribute, value);
  }
}

std::string Evaluator::runMacro(const MacroBody& macro, const FramePtr& scope,
                                const Arguments& arguments) {
  const int line = line_;
  const auto frame = std::make_shared<Frame>(scope);
  bindParameters(macro, frame, arguments);
  std::string text = captured(macro.body, frame);
  line_ = line;
  return text;
}

void Evaluator::bindParameters(const MacroBody& macro, const FramePtr& frame,
                               const Arguments& arguments) {
  const auto& parameters = macro.parameters;
  auto named = arguments.named;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i].name;
    const auto& otherwise = parameters[i].otherwise;
    const auto given = std::find_if(named.begin(), named.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (i < arguments.positional.size()) {
      if (given != named.end())
        throw fault("macro {} got two values for argument {}", orrery::quoted(macro.name),
                    orrery::quoted(name));
      frame->set(name, arguments.positional[i]);
    } else if (given != named.end()) {
      frame->set(name, given->second);
      named.erase(given);
    } else if (otherwise) {
      frame->set(name, evaluate(*otherwise, frame));
    } else {
      frame->set(name, Value::undefined(
                           fmt::format("parameter {} was not provided", orrery::quoted(name))));
    }
  }
  const auto caller = std::find_if(named.begin(), named.end(),
                                   [](const auto& entry) { return entry.first == "caller"; });
  if (macro.usesCaller) {
    frame->set("caller",
               caller != named.end() ? caller->second : Value::undefined("No caller defined"));
    if (caller != named.end()) named.erase(caller);
  }
  const auto& positional = arguments.positional;
  if (macro.usesVarargs)
    frame->set(
        "varargs",
        Value::tuple(positional.size() > parameters.size()
                         ? List(positional.begin() + static_cast<std::ptrdiff_t>(parameters.size()),
                                positional.end())
                         : List()));
  else if (positional.size() > parameters.size())
    throw fault("macro {} takes not more than {} arguments, found {}", orrery::quoted(macro.name),
                parameters.size(), positional.size());
  if (macro.usesKwargs) {
    Dict rest;
    for (auto& [name, value] : named) rest.set(name, value);
    frame->set("kwargs", std::move(rest));
  } else if (!named.empty()) {
    throw fault("macro {} takes no argument {}", orrery::quoted(macro.name),
                orrery::quoted(named[0].first));
  }
}

}  // namespace orrery::chat::jinja
