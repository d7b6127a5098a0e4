#pragma once

#include "core/chat/jinja/evaluator.h"
#include "core/chat/jinja/loop.h"

namespace orrery::chat::jinja {

/// A macro of the template, or the `caller` of a call block.
class Macro : public Object {
 public:
  Macro(const MacroBody& body, FramePtr scope) : body_(body), scope_(std::move(scope)) {}

  std::string typeName() const override { return "Macro"; }
  std::string repr() const override { return fmt::format("<Macro '{}'>", body_.name); }
  std::optional<Value> attribute(std::string_view name) override;
  bool callable() const override { return true; }
  Value call(Evaluator& evaluator, const Arguments& arguments) override;

 private:
  const MacroBody& body_;
  FramePtr scope_;
};

/// loop.cycle or loop.changed.
class LoopMethod : public Object {
 public:
  LoopMethod(std::shared_ptr<Loop> loop, bool cycles) : loop_(std::move(loop)), cycles_(cycles) {}

  std::string typeName() const override { return "method"; }
  bool callable() const override { return true; }
  int depth() const override { return loop_->depth() + 1; }
  Value call(Evaluator&, const Arguments& arguments) override {
    return cycles_ ? loop_->cycle(arguments) : loop_->changed(arguments);
  }

 private:
  std::shared_ptr<Loop> loop_;
  bool cycles_;
};

/// A function of the environment: range, raise_exception, …
class Function : public Object {
 public:
  using Body = Value (*)(Evaluator&, const Arguments&);
  Function(std::string name, Body body) : name_(std::move(name)), body_(body) {}

  std::string typeName() const override { return "function"; }
  std::string repr() const override { return fmt::format("<function {}>", name_); }
  bool callable() const override { return true; }
  Value call(Evaluator& evaluator, const Arguments& arguments) override {
    return body_(evaluator, arguments);
  }

 private:
  std::string name_;
  Body body_;
};

/// A method of a string, list or dict.
using Method = Value (*)(Evaluator&, const Value& self, const Arguments&);

/// The method of that name of values of that kind, or null.
Method findMethod(const Value& self, std::string_view name);

/// A method that was not called at once.
class BoundMethod : public Object {
 public:
  BoundMethod(Value self, Method method) : self_(std::move(self)), method_(method) {
    if (depth() > kMaxValueDepth)
      throw fault("a value is nested more than {} levels deep", kMaxValueDepth);
  }

  std::string typeName() const override { return "method"; }
  bool callable() const override { return true; }
  int depth() const override { return self_.depth() + 1; }
  Value call(Evaluator& evaluator, const Arguments& arguments) override {
    return method_(evaluator, self_, arguments);
  }

 private:
  Value self_;
  Method method_;
};

/// The names that every template sees.
FramePtr builtinNames();

}  // namespace orrery::chat::jinja
